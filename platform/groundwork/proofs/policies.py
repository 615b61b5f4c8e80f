"""Policies: every object keeps the rules of policies/, which are Rego and are evaluated by conftest.

A policy looks at one object, and at a few facts of its cluster. conftest is asked once for the whole tree: one question per
rule and object takes seconds for a thousand objects, one for all of them a quarter of one.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from groundwork.findings import Finding, Rule, Severity
from groundwork.proofs.fields import entries, mapping, number, text, value_at
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

__all__ = ["PolicyError", "check", "denials", "facts", "folders", "metadata", "rules"]

_POLICY = "policy.rego"
_LOCAL = Path(".cache", "bin", "conftest")
# By kgateway's policies, and by agentgateway's.
_SIGNING_IN = (
    *("apiKeyAuth", "basicAuth", "extAuth", "jwtAuth", "oauth2"),
    *("apiKeyAuthentication", "basicAuthentication", "jwtAuthentication"),
)
_LENIENT = ("Optional", "Permissive")
_PROCESSES = min(4, os.cpu_count() or 1)
_UNSET = "this policy says nothing of it"


class PolicyError(LookupError):
    """Policies cannot be evaluated: conftest is missing, or refuses a file of policies/."""


def check(tree: Tree, policies: Path) -> list[Finding]:
    """Evaluate every policy on every object.

    Args:
        tree: the objects.
        policies: the folder that holds a folder per policy.

    Raises:
        PolicyError: conftest is not there, or a policy does not compile.
    """
    clusters = {cluster: facts(tree, cluster) for cluster in tree.clusters}
    with ThreadPoolExecutor(max_workers=_PROCESSES) as pool:
        shares = [[(one.cluster, one) for one in tree.manifests[start::_PROCESSES]] for start in range(_PROCESSES)]
        answers = pool.map(functools.partial(denials, policies, clusters), shares)
        return [finding for answer in answers for _, finding in answer]


def denials(
    policies: Path, clusters: Mapping[str, Any], documents: Sequence[tuple[str, Manifest]]
) -> list[tuple[int, Finding]]:
    """Ask once for many objects.

    Args:
        policies: the folder that holds a folder per policy.
        clusters: the facts of each cluster by any name.
        documents: objects, each with the name of the facts that go with it.

    Returns:
        findings, each with the index of its document.

    Raises:
        PolicyError: conftest is not there, or a policy does not compile.
    """
    known = rules(policies)
    return [
        (
            denial["document"],
            documents[denial["document"]][1].breaks(known[denial["rule"]], denial["msg"], tuple(denial["pointer"])),
        )
        for denial in _ask(policies, clusters, documents)
    ]


@functools.cache
def rules(policies: Path) -> Mapping[str, Rule]:
    """Every policy's rule by the name of its package, from the metadata at the head of its file."""
    return {folder.name: _rule(folder) for folder in folders(policies)}


def folders(policies: Path) -> list[Path]:
    """The folders that hold a policy, by name."""
    return sorted(file.parent for file in policies.glob(f"*/{_POLICY}"))


def _rule(folder: Path) -> Rule:
    told = metadata((folder / _POLICY).read_text())
    custom = mapping(told, "custom")
    severity = text(custom, "severity")
    return Rule(
        id=f"policies/{folder.name.replace('_', '-')}",
        title=text(told, "title") or _UNSET,
        why=text(custom, "why") or _UNSET,
        fix=text(custom, "fix") or _UNSET,
        severity=Severity(severity) if severity in set(Severity) else Severity.ERROR,
        explanation=text(told, "description"),
    )


def metadata(source: str) -> dict[str, Any]:
    """The annotations of a package: YAML in the comment that begins with METADATA."""
    found = re.search(r"\A# METADATA\n((?:#.*\n)+)package ", source)
    if found is None:
        return {}
    try:
        told = yaml.load(re.sub(r"(?m)^# ?", "", found[1]), Loader=yaml.CSafeLoader)
    except yaml.YAMLError:
        return {}
    return told if isinstance(told, dict) else {}


def _ask(
    policies: Path, clusters: Mapping[str, Any], documents: Sequence[tuple[str, Manifest]]
) -> list[dict[str, Any]]:
    question = {
        "clusters": clusters,
        "documents": [{"cluster": cluster, "object": one.body} for cluster, one in documents],
    }
    command = [_conftest(policies), "test", "--policy", str(policies), "--namespace", "main", "--no-fail"]
    run = subprocess.run(
        [*command, "--parser", "json", "--output", "json", "-"],
        input=json.dumps(question, default=str),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        problem = next((line for line in run.stderr.splitlines() if ".rego:" in line), run.stderr.strip())
        message = f"conftest does not take the policies: {problem.removeprefix('Error: ')}"
        raise PolicyError(message)
    return [
        {"pointer": (), **failure["metadata"], "msg": failure["msg"]}
        for result in json.loads(run.stdout)
        for failure in result.get("failures", ())
    ]


def _conftest(policies: Path) -> str:
    """The program: on the PATH, or where `make` builds it."""
    built = policies.resolve().parent / _LOCAL
    found = shutil.which("conftest") or (str(built) if os.access(built, os.X_OK) else None)
    if found is None:
        message = f"conftest, which evaluates the policies, is not here: `make {_LOCAL}` builds it, once"
        raise PolicyError(message)
    return found


def facts(tree: Tree, cluster: str) -> dict[str, Any]:
    """What a policy may know of an object's cluster. policies/README.md describes each."""
    config = next(iter(tree.of_kind(cluster, "ClusterConfig", group="eksctl.io")), None)
    body = config.body if config else {}
    roots = [one for one in tree.of_kind(cluster, "Application", group="argoproj.io") if not one.synced]
    return {
        "name": cluster,
        "nodes": "auto" if value_at(body, "autoModeConfig", "enabled") is True else "karpenter",
        "environment": text(body, "metadata", "tags", "groundwork/environment"),
        "kubernetes": text(body, "metadata", "version"),
        "repository": text(roots[0].body, "spec", "source", "repoURL") if roots else "",
        "namespaces": _defences(tree, cluster),
        "policies_switched_on": _switched_on(tree, cluster),
        "signed_in": sorted(_signed_in(tree, cluster)),
        "managed_roles": sorted(_managed_roles(tree, cluster)),
        "replicas": _replicas(tree, cluster),
    }


def _switched_on(tree: Tree, cluster: str) -> bool:
    """Whether Auto Mode is told to enforce NetworkPolicies."""
    found = tree.find(cluster, "ConfigMap", "amazon-vpc-cni", namespace="kube-system")
    return found is not None and text(found.body, "data", "enable-network-policy-controller") == "true"


def _defences(tree: Tree, cluster: str) -> dict[str, list[str]]:
    """What protects each namespace: ResourceQuota, LimitRange, and "default-deny" where a policy selects every pod."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind in ("ResourceQuota", "LimitRange"):
        for one in tree.of_kind(cluster, kind):
            found[one.namespace].add(kind)
    for one in tree.of_kind(cluster, "NetworkPolicy", group="networking.k8s.io"):
        spec = one.spec
        if not mapping(spec, "podSelector") and not spec.get("ingress") and not spec.get("egress"):
            found[one.namespace].add("default-deny")
    return {namespace: sorted(kinds) for namespace, kinds in found.items()}


def _signed_in(tree: Tree, cluster: str) -> set[str]:
    """Routes ("namespace/name") and their rules ("namespace/name#rule") that a policy lets nobody pass unnamed."""
    found: set[str] = set()
    for one in (*tree.of_kind(cluster, "TrafficPolicy"), *tree.of_kind(cluster, "AgentgatewayPolicy")):
        asks = one.spec if one.kind == "TrafficPolicy" else mapping(one.spec, "traffic")
        if not any(_asks(mapping(asks, way)) for way in _SIGNING_IN):
            continue
        for _, target in entries(one.body, "spec", "targetRefs"):
            if text(target, "kind") == "Gateway":
                found |= set(_attached(tree, cluster, one.namespace, text(target, "name")))
            else:
                section = text(target, "sectionName")
                found.add(f"{one.namespace}/{text(target, 'name')}" + (f"#{section}" if section else ""))
    return found


def _asks(way: Mapping[str, Any]) -> bool:
    return bool(way) and "disable" not in way and text(way, "mode") not in _LENIENT


def _attached(tree: Tree, cluster: str, namespace: str, gateway: str) -> list[str]:
    return [
        f"{route.namespace}/{route.name}"
        for route in tree.of_kind(cluster, "HTTPRoute")
        for _, parent in entries(route.body, "spec", "parentRefs")
        if (text(parent, "namespace") or route.namespace, text(parent, "name")) == (namespace, gateway)
    ]


def _managed_roles(tree: Tree, cluster: str) -> set[str]:
    """Roles that only the controllers of EKS Auto Mode are given."""
    given: dict[str, set[str]] = defaultdict(set)
    for one in tree.of_kind(cluster, "RoleBinding", group="rbac.authorization.k8s.io"):
        role = f"{one.namespace}/{text(one.body, 'roleRef', 'name')}"
        given[role] |= {text(subject, "name") for _, subject in entries(one.body, "subjects")}
    return {role for role, names in given.items() if names == {"eks:managed"}}


def _replicas(tree: Tree, cluster: str) -> dict[str, int]:
    """Fixed replicas by namespace and name of what makes them; budgets carry the same name."""
    found: dict[str, int] = {}
    for kind in ("Deployment", "StatefulSet"):
        for one in tree.of_kind(cluster, kind):
            replicas = number(one.body, "spec", "replicas")
            if replicas is not None:
                found[f"{one.namespace}/{one.name}"] = replicas
    return found
