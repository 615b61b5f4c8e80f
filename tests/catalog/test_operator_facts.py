"""What operators make: each statement says where it was read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from groundwork.catalog import apis
from groundwork.catalog.operator_facts import Made, MadePods, all_facts, kinds
from groundwork.catalog.templates import paths
from groundwork.proofs.world import World
from groundwork.tree.reader import read_tree

ROOT = Path(__file__).resolve().parents[2]
MADE = [(kind, made) for kind, statements in kinds().items() for made in statements]
POSTGRES = "Cluster.postgresql.cnpg.io"


def test_every_statement_has_a_version_a_date_and_a_source() -> None:
    """Whoever doubts one can look it up."""
    facts = all_facts()

    assert facts
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", one.date) and one.version and one.source for one in facts)


def test_statements_are_about_kinds_that_exist() -> None:
    """Keyed by Kind.group, as the schemas know them."""
    known = {f"{kind}.{group}" for group, kind in apis.kinds()}

    assert set(kinds()) <= known


def test_of_one_kind_each_operator_knows_its_own() -> None:
    """Two of them make proxies of Gateways; by the class each Gateway belongs to one."""
    told_apart = [made.where for made in kinds()["Gateway.gateway.networking.k8s.io"]]

    assert told_apart == [{"spec.gatewayClassName": "agentgateway"}, {"spec.gatewayClassName": "kgateway"}]
    assert all(len(made) == 1 or all(one.where for one in made) for made in kinds().values())


@pytest.mark.parametrize(("kind", "made"), MADE, ids=lambda one: one if isinstance(one, str) else "")
def test_every_path_of_a_template_is_one_of_the_resource(kind: str, made: Made) -> None:
    """One that no schema knows would be filled with nothing, and nobody would miss it."""
    for path in _asked(made):
        root, _, rest = path.partition(".")
        if root == "parameters":
            assert made.parameters is not None
            assert _knows(made.parameters.kind, rest), path
        elif root not in ("name", "namespace", "values"):
            assert _knows(kind, path), path


def test_a_path_that_no_schema_knows_is_noticed() -> None:
    """Through lists, maps and what a schema leaves open, others pass."""
    assert _knows(POSTGRES, "spec.affinity.nodeSelector.any")
    assert not _knows(POSTGRES, "spec.affinity.nodeSelektor")
    assert not _knows(POSTGRES, "spec.instances.deeper")


def test_values_of_an_operators_chart_are_those_that_we_set() -> None:
    """The config reloader beside Prometheus is given its resources by the operator's flags."""
    tree = read_tree(ROOT / "generated")

    for cluster in tree.clusters:
        ((_, made, fields),) = [
            one for one in World(tree, cluster).instances if one[0].kind == "Prometheus" and one[1].pods
        ]
        assert made.chart
        server, reloader = made.pods[0].resolved(fields).spec["containers"]
        assert server["resources"]["requests"]["memory"] == "4Gi"
        assert reloader["resources"] == {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}}


def test_what_pods_ask_for_is_stated_container_by_container() -> None:
    """As the operator writes them."""
    for _, made in MADE:
        for pods in made.pods:
            assert pods.spec["containers"]
            for container in (*pods.spec["containers"], *pods.spec.get("initContainers", ())):
                assert "resources" in container, container["name"]


@pytest.mark.parametrize(
    ("affinity", "preferred", "required"),
    [
        (None, "kubernetes.io/hostname", None),
        ({"topologyKey": "zone"}, "zone", None),
        ({"podAntiAffinityType": "required"}, None, "kubernetes.io/hostname"),
        ({"enablePodAntiAffinity": False}, None, None),
    ],
)
def test_instances_of_postgres_keep_apart_as_their_cluster_says(
    affinity: dict[str, Any] | None, preferred: str | None, required: str | None
) -> None:
    """By preference, by force, or not at all."""
    body: dict[str, Any] = {"instances": 3, **({"affinity": affinity} if affinity else {})}

    shape = _instances().resolved({"name": "db", "spec": body})

    terms = shape.spec["affinity"]["podAntiAffinity"]
    assert shape.replicas == 3
    assert [
        one["podAffinityTerm"]["topologyKey"] for one in terms["preferredDuringSchedulingIgnoredDuringExecution"]
    ] == ([preferred] if preferred else [])
    assert [one["topologyKey"] for one in terms["requiredDuringSchedulingIgnoredDuringExecution"]] == (
        [required] if required else []
    )


@pytest.mark.parametrize(
    ("at", "more", "added"),
    [
        (("headGroupSpec", "template"), {}, {}),
        (("headGroupSpec", "template"), {"enableInTreeAutoscaling": True}, {"containers": [("autoscaler", "500m")]}),
        (
            ("headGroupSpec", "template"),
            {"enableInTreeAutoscaling": True, "autoscalerOptions": {"resources": {"requests": {"cpu": "1"}}}},
            {"containers": [("autoscaler", "1")]},
        ),
        (("workerGroupSpecs", 1, "template"), {}, {"initContainers": [("wait-gcs-ready", "200m")]}),
        (("template",), {}, {}),
    ],
)
def test_kuberay_adds_containers_to_templates(at: tuple[str | int, ...], more: dict[str, Any], added: Any) -> None:
    """One beside a head that scales its cluster, and one in every worker that waits for the head."""
    (made,) = kinds()["RayService.ray.io"]
    fields = {"name": "a", "spec": {"rayClusterConfig": more}}

    found = [one.into(("spec", "rayClusterConfig", *at), fields) for one in made.containers]

    assert {
        name: [(container["name"], container["resources"]["requests"]["cpu"]) for container in containers]
        for one in found
        for name, containers in one.items()
    } == added


def _instances() -> MadePods:
    return next(pods for pods in kinds()[POSTGRES][0].pods if pods.controller == "Pod")


def _asked(made: Made) -> set[str]:
    """Every path that anything of a statement asks for."""
    asked = {*made.where, *paths([*made.services, *made.secrets, *made.service_accounts, *made.objects])}
    if made.parameters:
        asked |= set(paths(made.parameters.name))
    for pods in made.pods:
        templates = [pods.labels, pods.service_account, pods.replicas, pods.most or "", pods.surge, pods.spec]
        asked |= {*pods.where, *pods.defaults, *(path for one in templates for path in paths(one))}
    for added in made.containers:
        asked |= {added.at, *added.where, *added.defaults, *paths(added.spec)}
    return asked


def _knows(kind: str, path: str) -> bool:
    """Whether some version of a kind has a field at this path."""
    name, _, group = kind.partition(".")
    api = apis.custom_api(group, name)
    assert api is not None, kind
    return any(_has(api.schema(version), path.split(".")) for version in api.versions)


def _has(schema: dict[str, Any], steps: list[str]) -> bool:
    if not steps:
        return True
    if steps[0] == "*":
        return _has(schema.get("items", {}), steps[1:])
    if steps[0] in schema.get("properties", {}):
        return _has(schema["properties"][steps[0]], steps[1:])
    return bool(schema.get("additionalProperties") or schema.get("x-kubernetes-preserve-unknown-fields"))
