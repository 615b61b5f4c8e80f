"""Argo CD: what an Application syncs, and whether its project lets it."""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from groundwork.catalog import apis, chart_facts
from groundwork.findings import Rule, Severity
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, entries, mapping, text, texts, value_at
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest

RULES = (
    NO_PROJECT := Rule(
        id="references/missing-project",
        title="An Application's project exists",
        why="Argo CD refuses to sync: application references a project which does not exist.",
        fix="Correct the name, or declare the project.",
        explanation="A project says which repositories, namespaces and kinds an Application may touch; `default` allows everything.",
    ),
    NOT_PERMITTED := Rule(
        id="references/not-permitted",
        title="A project permits what its Applications sync",
        why="Argo CD refuses the whole sync with 'is not permitted in project', after the merge.",
        fix="Let the project permit it, or move the object to where it belongs.",
        explanation="""\
Source repositories, destinations and cluster-scoped kinds are allow-lists, namespaced kinds a deny-list. Adding an object of a
new kind to a component needs the project's consent; forgetting it is found by Argo CD only when it syncs.""",
    ),
    NO_PATH := Rule(
        id="references/missing-path",
        title="An Application's path is a folder of this cluster's tree",
        why="The Application stays in ComparisonError: app path does not exist.",
        fix="Run `make synth`; a component's Application and its folder are rendered together.",
        explanation="Paths are generated/<cluster>/<component>. One into another cluster's folder would sync that one's objects.",
    ),
    NOT_SYNCED := Rule(
        id="references/not-synced",
        title="Every folder of the tree is synced by one Application",
        why="What no Application syncs is never created; what two sync is fought over.",
        fix="Run `make synth`; a component's Application and its folder are rendered together.",
        explanation="bootstrap/ is applied by a person, argocd/ by the root Application, everything else by the Application of its name.",
    ),
    UNKNOWN_CHART := Rule(
        id="references/unknown-chart",
        title="The catalogue says what a chart makes, of the version that is installed",
        why="What this chart makes is not known, so nothing about its pods can be proved; of another version it may be wrong.",
        fix="Read the chart at that version and bring catalog/charts/<chart>.yaml up to date.",
        severity=Severity.WARNING,
        explanation="Facts about charts carry the version that was read. A version bump asks for reading them again.",
    ),
    TWO_INSTALLERS := Rule(
        id="references/two-installers",
        title="One chart brings a CRD and its controller",
        why="Two controllers act on the same objects and undo each other's work; two owners of a CRD fight over its schema.",
        fix="Install the operator once, and switch it off in the chart that bundles it.",
        explanation="""\
Charts like to bundle the operators that they need: AIBrix brings a KubeRay of its own, Langfuse a ClickHouse operator. Beside the
cluster's own one, both reconcile every resource.""",
    ),
    NOT_INSTALLED := Rule(
        id="references/kind-not-installed",
        title="The kind of a custom resource is installed by something the cluster carries",
        why="The API server answers 'no matches for kind', and the sync of the component stops.",
        fix="Carry the component whose chart brings the CRD, or state the CRD in catalog/charts.",
        explanation="CRDs come with charts (catalog/charts: `crds`), with upstream's manifests, or are EKS's own on Auto Mode.",
    ),
)

_LOCAL = "https://kubernetes.default.svc"
# Served by EKS itself or by Argo CD, which bootstrap installs; ClusterConfig is eksctl's file, no object.
_GIVEN = frozenset({"argoproj.io", "eksctl.io", "networking.k8s.aws", "eks.amazonaws.com", "vpcresources.k8s.aws"})
_AUTO_MODE = frozenset({"karpenter.sh"})
_FROM_GIT = {
    "gateway-api": frozenset({"gateway.networking.k8s.io"}),
    "inference-extension": frozenset({"inference.networking.k8s.io"}),
}


@edges_of("Application", "argoproj.io")
def application(one: Manifest, world: World) -> Iterator[Edge]:
    """Its project, its sources, its destination."""
    project = world.find("AppProject", text(one.body, "spec", "project"), namespace=one.namespace, group="argoproj.io")
    pointer: Pointer = ("spec", "project")
    if project is None:
        name = text(one.body, *pointer)
        near = did_you_mean(name, (other.name for other in world.objects("AppProject", "argoproj.io")))
        yield missing("Application -> project", pointer, NO_PROJECT, f"there is no project '{name}'{near}")
    else:
        yield held("Application -> project", pointer)
        yield from _permitted(one, project, world)
    for place, source in _sources(one):
        if text(source, "path"):
            yield from _path(one, (*place, "path"), text(source, "path"), world)
        if text(source, "chart"):
            yield _chart((*place, "targetRevision"), source)
            yield from _twins(one, (*place, "chart"), source, world)


def _sources(one: Manifest) -> list[tuple[Pointer, dict[str, Any]]]:
    single = mapping(one.body, "spec", "source")
    return [*([(("spec", "source"), single)] if single else []), *entries(one.body, "spec", "sources")]


def _path(one: Manifest, pointer: Pointer, path: str, world: World) -> Iterator[Edge]:
    if text(value_at(one.body, *pointer[:-1]), "repoURL") != _own_repository(world):
        return
    folders = {other.component for other in world.manifests}
    above, _, name = path.rpartition("/")
    if above.rpartition("/")[2] == one.cluster and name in folders:
        yield held("Application -> folder", pointer)
    else:
        near = did_you_mean(name, folders)
        yield missing("Application -> folder", pointer, NO_PATH, f"{path} is no folder of {one.cluster}'s tree{near}")


def _own_repository(world: World) -> str:
    """The repository that holds this tree: the one that the root Application syncs."""
    roots = [one for one in world.objects("Application", "argoproj.io") if not one.synced]
    return text(roots[0].body, "spec", "source", "repoURL") if roots else ""


def _chart(pointer: Pointer, source: dict[str, Any]) -> Edge:
    name, version = text(source, "chart").rpartition("/")[2], text(source, "targetRevision")
    known = {one.chart: one for one in chart_facts.all_facts()}
    if name not in known:
        return missing("Application -> chart", pointer, UNKNOWN_CHART, f"catalog/charts has no '{name}'")
    return held("Application -> chart", pointer, assumed=known[name].version != version)


def _twins(one: Manifest, pointer: Pointer, source: dict[str, Any], world: World) -> Iterator[Edge]:
    known = {each.chart: each for each in chart_facts.all_facts()}
    mine = known.get(text(source, "chart").rpartition("/")[2])
    for crd in mine.crds if mine else ():
        others = [other.source.name for other in world.installed if other.source is not one and crd in other.facts.crds]
        if others:
            problem = f"the Application '{others[0]}' installs {crd} too"
            yield missing("chart -> CRD", pointer, TWO_INSTALLERS, problem)
            return
    if mine and mine.crds:
        yield held("chart -> CRD", pointer)


def _permitted(one: Manifest, project: Manifest, world: World) -> Iterator[Edge]:
    repositories = [repository for _, repository in texts(project.body, "spec", "sourceRepos")]
    for place, source in _sources(one):
        repository = text(source, "repoURL")
        yield _allowed(repository, repositories, (*place, "repoURL"), f"the repository {repository}", project.name)
    destinations = [text(place, "namespace") for _, place in entries(project.body, "spec", "destinations")]
    folders = {text(source, "path").rpartition("/")[2] for _, source in _sources(one) if text(source, "path")}
    synced = [other for other in world.manifests if other.synced and other.component in folders]
    spaces = {text(one.body, "spec", "destination", "namespace"), *(other.namespace for other in synced)} - {""}
    for space in sorted(spaces):
        pointer: Pointer = ("spec", "destination", "namespace")
        yield _allowed(space, destinations, pointer, f"the namespace {space}", project.name)
    yield from _kinds(synced, project)


def _allowed(value: str, patterns: list[str], pointer: Pointer, what: str, project: str) -> Edge:
    if any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns):
        return held("Application -> project's permission", pointer)
    problem = f"the project '{project}' does not permit {what}"
    return missing("Application -> project's permission", pointer, NOT_PERMITTED, problem)


def _kinds(synced: list[Manifest], project: Manifest) -> Iterator[Edge]:
    allowed = [
        (text(one, "group"), text(one, "kind")) for _, one in entries(project.body, "spec", "clusterResourceWhitelist")
    ]
    denied = [
        (text(one, "group"), text(one, "kind"))
        for _, one in entries(project.body, "spec", "namespaceResourceBlacklist")
    ]
    named = [
        (text(one, "group"), text(one, "kind"))
        for _, one in entries(project.body, "spec", "namespaceResourceWhitelist")
    ]
    by_kind: dict[tuple[str, str, bool], int] = defaultdict(int)
    for other in synced:
        by_kind[other.group, other.kind, bool(other.namespace)] += 1
    for (group, kind, namespaced), _ in sorted(by_kind.items()):
        if namespaced:
            fine = not _listed(group, kind, denied) and (not named or _listed(group, kind, named))
        else:
            fine = _listed(group, kind, allowed)
        pointer: Pointer = ("spec", "project")
        if fine:
            yield held("Application -> project's permission", pointer)
        else:
            problem = (
                f"the project '{project.name}' does not permit {kind}.{group or 'core'}, which this component renders"
            )
            yield missing("Application -> project's permission", pointer, NOT_PERMITTED, problem)


def _listed(group: str, kind: str, patterns: list[tuple[str, str]]) -> bool:
    return any(fnmatch.fnmatchcase(group, one) and fnmatch.fnmatchcase(kind, other) for one, other in patterns)


@edges_of("*")
def synced_once(one: Manifest, world: World) -> Iterator[Edge]:
    """The Application that applies this object; and the kind that something installs."""
    if not one.synced:
        return
    applications = _applications(world).get(one.component, [])
    if len(applications) == 1:
        yield held("object <- Application", ())
    elif not applications:
        yield missing("object <- Application", (), NOT_SYNCED, f"no Application syncs the folder {one.component}/")
    else:
        problem = f"the Applications {' and '.join(sorted(applications))} both sync the folder {one.component}/"
        yield missing("object <- Application", (), NOT_SYNCED, problem)
    if (one.group, one.kind) in apis.kinds() and one.group not in _GIVEN:
        if one.group in _installed_groups(world):
            yield held("custom resource -> CRD", ("kind",))
        else:
            problem = f"nothing that this cluster carries installs {one.kind}.{one.group}"
            yield missing("custom resource -> CRD", ("kind",), NOT_INSTALLED, problem)


def _applications(world: World) -> dict[str, list[str]]:
    if "applications" not in world.notes:
        found: dict[str, list[str]] = defaultdict(list)
        for one in world.objects("Application", "argoproj.io"):
            for _, source in _sources(one):
                above, _, folder = text(source, "path").rpartition("/")
                if above.rpartition("/")[2] == world.cluster:
                    found[folder].append(one.name)
        world.notes["applications"] = found
    known: dict[str, list[str]] = world.notes["applications"]
    return known


def _installed_groups(world: World) -> frozenset[str]:
    """API groups of the CRDs that charts and upstream's manifests bring."""
    if "crds" not in world.notes:
        found = {crd.partition(".")[2] for chart in world.installed for crd in chart.facts.crds}
        for one in world.objects("Application", "argoproj.io"):
            found |= _FROM_GIT.get(one.name, frozenset())
        if any(mapping(one.body, "autoModeConfig") for one in world.objects("ClusterConfig", "eksctl.io")):
            found |= _AUTO_MODE
        world.notes["crds"] = frozenset(found)
    known: frozenset[str] = world.notes["crds"]
    return known
