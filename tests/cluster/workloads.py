"""Workloads for pod sets: the tree's own as they are rendered, and stand-ins for what charts and operators would make."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from groundwork.proofs.pods import PodSet
from groundwork.proofs.world import World
from tests.cluster.box import WORKLOADS

__all__ = ["SET", "pods_of", "surroundings", "workload_of"]

# A label by which a pod is known to be of a set.
SET = "groundwork.dev/pod-set"

_OURS = {kind for _, kind in WORKLOADS}
_RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def workload_of(one: PodSet, number: int) -> dict[str, Any]:
    """What makes the pods of a set, and how many: as rendered, but at least one; a CronJob as one run of it."""
    if not one.at or one.source.kind not in _OURS:
        return _stand_in(one, number)
    body = _run_of(one) if one.source.kind == "CronJob" else copy.deepcopy(dict(one.source.body))
    if body["kind"] == "Job":
        # Kueue would let it begin.
        body["spec"]["suspend"] = False
    elif body["kind"] != "DaemonSet":
        body["spec"]["replicas"] = max(body["spec"].get("replicas", 1), 1)
    template = body["spec"]["template"]
    template["metadata"] = {**template.get("metadata", {}), "labels": _labelled(one, number)}
    return body


def pods_of(body: Mapping[str, Any]) -> int:
    """How many pods a workload makes; of a DaemonSet nobody knows."""
    spec = body["spec"]
    match body["kind"]:
        case "DaemonSet":
            return 0
        case "Job":
            at_once: int = min(spec.get("parallelism", 1), spec.get("completions", spec.get("parallelism", 1)))
            return at_once
        case _:
            replicas: int = spec["replicas"]
            return replicas


def surroundings(world: World) -> list[dict[str, Any]]:
    """What charts and operators make that admission asks for before it takes a pod."""
    accounts = [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}
        for namespace, name in sorted(world.service_accounts)
    ]
    classes = [
        {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name}, "handler": name}
        for name in sorted(world.classes.get("RuntimeClass", ()))
    ]
    return [*accounts, *classes]


def _run_of(one: PodSet) -> dict[str, Any]:
    """A CronJob's Job."""
    spec = copy.deepcopy(one.source.body["spec"]["jobTemplate"]["spec"])
    metadata = {"name": one.name[:60], "namespace": one.namespace}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def _stand_in(one: PodSet, number: int) -> dict[str, Any]:
    """A Deployment or a DaemonSet with the pods that somebody else would make, locked down as far as a namespace may ask."""
    labels = _labelled(one, number)
    spec = copy.deepcopy(dict(one.spec))
    spec.pop("serviceAccountName", None)
    for container in (*spec.get("initContainers", ()), *spec["containers"]):
        container.setdefault("image", container["name"])
        container["securityContext"] = {**_RESTRICTED, **container.get("securityContext", {})}
    spec["restartPolicy"] = "Always"
    body: dict[str, Any] = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet" if one.daemon else "Deployment",
        "metadata": {"name": f"stand-in-{number}", "namespace": one.namespace},
        "spec": {
            "selector": {"matchLabels": {SET: labels[SET]}},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }
    if not one.daemon:
        body["spec"]["replicas"] = max(one.scale.least, 1)
    return body


def _labelled(one: PodSet, number: int) -> dict[str, str]:
    return {**one.labels, SET: str(number)}
