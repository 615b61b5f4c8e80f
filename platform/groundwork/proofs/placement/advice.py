"""What to do about a miss: a number or a label, where one would help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.fields import Pointer, entries, mapping, value_at
from groundwork.proofs.placement.claims import Miss, Reason, amount_text
from groundwork.proofs.placement.fleet import Fleet
from groundwork.proofs.placement.pod import Pod
from groundwork.proofs.placement.pools import Pool
from groundwork.proofs.placement.requirements import Requirement
from groundwork.proofs.placement.taints import untolerated
from groundwork.proofs.pods import PodSet

__all__ = ["advice", "place_of", "shortly"]

# The fields of a pod spec that a reason is about, the likeliest first.
_FIELDS: Mapping[Reason, tuple[Pointer, ...]] = {
    "pool": (),
    "taint": (("tolerations",),),
    "requirements": (("nodeSelector",), ("affinity", "nodeAffinity")),
    "volumes": (("volumes",),),
    "topology": (("affinity", "podAffinity"), ("affinity", "podAntiAffinity"), ("topologySpreadConstraints",)),
    "limits": (("containers", 0, "resources"),),
    "machines": (("containers", 0, "resources"),),
}


def shortly(misses: Iterable[Miss]) -> str:
    """Misses in one line, without the long lists at their ends; pools that say the same are named together."""
    pools: dict[str, list[str]] = {}
    for miss in misses:
        pools.setdefault(miss.problem.partition(", requirements=")[0], []).append(miss.pool)
    return "; ".join(f"{', '.join(names)}: {problem}" for problem, names in pools.items())


def place_of(one: PodSet, reason: Reason, short: Iterable[str] = ()) -> Pointer:
    """The field of the pod set's object that a reason is about; empty where a chart or an operator writes the pod.

    `short` are the resources of which there is too little.
    """
    if not one.at:
        return ()
    if reason == "machines":
        return _hungriest(one, short)
    for field in _FIELDS[reason]:
        if value_at(one.spec, *field):
            return (*one.at, *field)
    return one.at


def advice(pod: Pod, miss: Miss, there: Fleet) -> str | None:
    """A way out of the nearest miss; None where nothing better than the rule's own advice is known."""
    pool = next((one for one in there.pools if one.name == miss.pool), None)
    if pool is None:
        return None
    if miss.short:
        resource, most = next(iter(miss.short.items()))
        return (
            f"The largest machine of {pool.name} that would do has {amount_text(resource, most)} of {resource} for pods: "
            "ask for less, or let the pool buy larger ones."
        )
    if miss.reason == "taint":
        taints = ", ".join(str(one) for one in untolerated(pool.taints, pod.tolerations))
        return f"Tolerate {taints}, if the pod is meant for {pool.name}."
    if miss.reason == "requirements":
        return _other_label(pod, pool, there)
    return None


def _hungriest(one: PodSet, short: Iterable[str]) -> Pointer:
    """The container that asks for most of what is short."""
    for resource in short:
        for containers in ("containers", "initContainers"):
            for place, container in entries(one.spec, containers):
                for kind in ("requests", "limits"):
                    if resource in mapping(container, "resources", kind):
                        return (*one.at, *place, "resources", kind, resource)
    return (*one.at, "containers", 0, "resources") if value_at(one.spec, "containers", 0, "resources") else one.at


def _other_label(pod: Pod, pool: Pool, there: Fleet) -> str | None:
    """The label that the nearest pool has and that resembles the one asked for."""
    asked = next(_unmet(pod, pool), None)
    if asked is None:
        return None
    known = [f"{key}={value}" for one in there.pools for key, value in _given(one)]
    wanted = [f"{asked.key}={value}" for value in sorted(asked.values)] or [asked.key]
    near = did_you_mean(wanted[0], known)
    return f"No machine of {pool.name} has {asked}{near}" if near else None


def _unmet(pod: Pod, pool: Pool) -> Iterator[Requirement]:
    for one in pod.demands.values():
        if pool.requirements.refusal(type(pod.demands)({one.key: one}), pool.known):
            yield one


def _given(pool: Pool) -> Iterator[tuple[str, Any]]:
    for one in pool.requirements.values():
        if not one.excludes:
            yield from ((one.key, value) for value in one.values)
