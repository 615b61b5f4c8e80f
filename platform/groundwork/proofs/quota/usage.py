"""What a pod counts for in a ResourceQuota, and which quotas count it at all.

The rules are those of Kubernetes' quota admission plugin: pkg/quota/v1/evaluator/core/pods.go, read at v1.35.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.proofs.fields import Pointer, entries, mapping, text, texts, value_at
from groundwork.proofs.pods import PodSet
from groundwork.proofs.resources import Amounts, read

__all__ = ["counted_of_pods", "counts", "unspecified", "usage"]

_COMPUTE = ("cpu", "memory", "ephemeral-storage")
# Where a quota counts one of these, a container that does not say it is refused: a mistake that Kubernetes keeps.
_TO_BE_SAID = {
    "cpu": ("requests", "cpu"),
    "memory": ("requests", "memory"),
    "requests.cpu": ("requests", "cpu"),
    "requests.memory": ("requests", "memory"),
    "limits.cpu": ("limits", "cpu"),
    "limits.memory": ("limits", "memory"),
}
_OBJECTS = ("pods", "count/pods")


def usage(one: PodSet) -> Amounts:
    """What one pod of a set counts for, by the names that quotas use."""
    found: dict[str, int] = dict.fromkeys(_OBJECTS, 1000)
    for name, amount in one.requests.items():
        if name in _COMPUTE or name.startswith("hugepages-"):
            found[name] = found[f"requests.{name}"] = amount
        elif "/" in name and "kubernetes.io/" not in name:
            found[f"requests.{name}"] = amount
    return found | {f"limits.{name}": amount for name, amount in one.limits.items() if name in _COMPUTE}


def counted_of_pods(resource: str) -> bool:
    """Whether a quota on this resource counts pods, and not other objects."""
    plain = resource.removeprefix("requests.")
    extended = plain != resource and "/" in plain and "storageclass.storage.k8s.io" not in plain
    compute = plain in _COMPUTE or resource.removeprefix("limits.") in _COMPUTE or plain.startswith("hugepages-")
    return resource in _OBJECTS or compute or extended


def counts(quota: Mapping[str, Any], one: PodSet, default_priority: str) -> bool:
    """Whether a quota (as a body) counts these pods: all of its scopes must hold of them."""
    priority = text(one.spec, "priorityClassName") or default_priority
    scopes: list[tuple[str, str, tuple[str, ...]]] = [
        (scope, "Exists", ()) for _, scope in texts(quota, "spec", "scopes")
    ]
    for _, term in entries(quota, "spec", "scopeSelector", "matchExpressions"):
        values = tuple(value for _, value in texts(term, "values"))
        scopes.append((text(term, "scopeName"), text(term, "operator"), values))
    return all(_holds(*scope, one.spec, priority) for scope in scopes)


def unspecified(hard: Mapping[str, Any], one: PodSet) -> Iterator[tuple[str, str, Pointer]]:
    """What containers must say and do not: the quota's resource, the container's name, and its place in the pod spec."""
    if mapping(one.spec, "resources", "requests") or mapping(one.spec, "resources", "limits"):
        return
    for resource, (which, name) in _TO_BE_SAID.items():
        if resource not in hard:
            continue
        for field in ("initContainers", "containers"):
            for place, container in entries(one.spec, field):
                limited = mapping(container, "resources", "limits")
                said = {**limited, **mapping(container, "resources", "requests")} if which == "requests" else limited
                if name not in said:
                    yield resource, text(container, "name"), place


def _holds(scope: str, operator: str, values: tuple[str, ...], spec: Mapping[str, Any], priority: str) -> bool:
    match scope:
        case "Terminating" | "NotTerminating":
            return isinstance(spec.get("activeDeadlineSeconds"), int) is (scope == "Terminating")
        case "BestEffort" | "NotBestEffort":
            return _best_effort(spec) is (scope == "BestEffort")
        case "PriorityClass":
            return _selects(operator, values, priority)
        case "CrossNamespacePodAffinity":
            return _reaches_out(spec)
        case _:
            return False


def _selects(operator: str, values: tuple[str, ...], priority: str) -> bool:
    match operator:
        case "Exists":
            return bool(priority)
        case "DoesNotExist":
            return not priority
        case "In":
            return priority in values
        case "NotIn":
            return priority not in values
        case _:
            return False


def _best_effort(spec: Mapping[str, Any]) -> bool:
    """Whether neither the pod nor a container says anything about cpu and memory."""
    said = [one for field in ("initContainers", "containers") for _, one in entries(spec, field)]
    amounts = [read(mapping(one, "resources", which)) for one in (spec, *said) for which in ("requests", "limits")]
    return not any(one.get(name) for one in amounts for name in ("cpu", "memory"))


def _reaches_out(spec: Mapping[str, Any]) -> bool:
    """Whether its affinity to other pods, or from them, looks into namespaces beside its own."""
    terms = [
        term
        for kind in ("podAffinity", "podAntiAffinity")
        for _, one in (
            *entries(spec, "affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution"),
            *entries(spec, "affinity", kind, "preferredDuringSchedulingIgnoredDuringExecution"),
        )
        for term in (one, mapping(one, "podAffinityTerm"))
    ]
    return any(term.get("namespaces") or value_at(term, "namespaceSelector") is not None for term in terms)
