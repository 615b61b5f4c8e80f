"""LimitRanges: what a namespace refuses of single containers and pods, however much room its quota has.

After LimitRanger's plugin/pkg/admission/limitranger/admission.go, read at v1.35.4: what its defaults fill in is there before it judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.findings import Finding, Rule
from groundwork.proofs.fields import Pointer, entries, mapping, text
from groundwork.proofs.pods import PodSet, pod_sets
from groundwork.proofs.quota.budget import amount_text
from groundwork.proofs.resources import Amounts, read
from groundwork.proofs.world import World

__all__ = ["RULES", "check"]

RULES = (
    REFUSED := Rule(
        id="quota/limit-range",
        title="Every container and pod is within the LimitRanges of its namespace",
        why="The API server refuses the pod, and its controller makes none, however much room the quota has.",
        fix="Ask for what the LimitRange allows, or let it allow more.",
        explanation="""\
A LimitRange bounds what one container or one pod may ask for: `min` holds of requests and limits, `max` too, and
`maxLimitRequestRatio` of how far a limit is above its request. Init containers are judged like others. What its defaults fill in
counts; a bound on what nobody says refuses the pod.

Bad:    max: {memory: 4Gi}     # and a container with a limit of 8Gi
Good:   max: {memory: 8Gi}""",
    ),
)


def check(world: World) -> Iterator[Finding]:
    """Containers and pods that a LimitRange refuses."""
    for one in world.objects("LimitRange"):
        for _, bounds in entries(one.body, "spec", "limits"):
            for pods in pod_sets(world):
                if pods.namespace == one.namespace:
                    yield from _refused(pods, bounds, f"the LimitRange {one.name} of {one.namespace}")


def _refused(pods: PodSet, bounds: Mapping[str, Any], by: str) -> Iterator[Finding]:
    for who, place, requests, limits in _judged(pods, text(bounds, "type")):
        for problem in _problems(bounds, requests, limits):
            at: Pointer = (*pods.at, *place, "resources") if pods.at else ()
            yield pods.source.breaks(REFUSED, f"{who} {problem}, says {by}", at)


def _judged(pods: PodSet, kind: str) -> Iterator[tuple[str, Pointer, Amounts, Amounts]]:
    """What a LimitRange of that type looks at: name, place in the pod spec, requests and limits."""
    if kind == "Pod":
        yield f"a pod of {pods}", (), pods.requests, pods.limits
    for field in ("initContainers", "containers") if kind == "Container" else ():
        for place, one in entries(pods.spec, field):
            limits = mapping(one, "resources", "limits")
            requests = {**limits, **mapping(one, "resources", "requests")}
            yield f"the container {text(one, 'name')} of {pods}", place, read(requests), read(limits)


def _problems(bounds: Mapping[str, Any], requests: Amounts, limits: Amounts) -> Iterator[str]:
    for name, least in read(mapping(bounds, "min")).items():
        asked = min(requests.get(name, 0), limits.get(name, least))
        if name not in requests or asked < least:
            yield f"must ask for {amount_text(name, least)} {name} at least, not {amount_text(name, asked)}"
    for name, most in read(mapping(bounds, "max")).items():
        asked = max(requests.get(name, 0), limits.get(name, 0))
        if name not in limits or asked > most:
            said = amount_text(name, asked) if name in limits else "without a limit"
            yield f"may have {amount_text(name, most)} {name} at most, not {said}"
    for name, most in read(mapping(bounds, "maxLimitRequestRatio")).items():
        request, limit = requests.get(name, 0), limits.get(name, 0)
        if not request or not limit or limit * 1000 > most * request:
            yield f"may have a limit of {name} at most {amount_text('', most)} times its request"
