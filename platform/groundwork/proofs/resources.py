"""What a pod asks for, as the scheduler and quotas count it once the pod is admitted.

Amounts are whole numbers of thousandths, rounded up: `cpu: 500m` is 500, `memory: 1Gi` is 1,073,741,824,000. The rules are those of
Kubernetes' component-helpers (resource.PodRequests, PodLimits) and of its LimitRanger, read at v1.35.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Mapping
from typing import Any

from groundwork.catalog.quantities import parse_quantity
from groundwork.proofs.fields import entries, mapping, text, value_at

__all__ = ["Amounts", "added", "admitted", "limits", "most", "read", "requests", "times"]

# Resource name -> thousandths of its unit (cores, bytes, devices).
Amounts = Mapping[str, int]

# Of a pod as a whole (`spec.resources`) Kubernetes counts these, and huge pages.
_OF_THE_POD = ("cpu", "memory")


def requests(spec: Mapping[str, Any]) -> Amounts:
    """What the scheduler keeps free for a pod: containers and sidecars together, or its hungriest init container.

    What is limited and not requested is requested to the limit, as the API server fills in.
    """
    return _of_pod(spec, "requests")


def limits(spec: Mapping[str, Any]) -> Amounts:
    """The most that a pod may use, counted as `requests` are. A container without a limit adds nothing."""
    return _of_pod(spec, "limits")


def admitted(spec: Mapping[str, Any], ranges: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A pod spec as the API server stores it: with what its namespace's LimitRanges (as bodies) fill in.

    Each LimitRange fills what those before it left open. The pod's own amounts are settled before any of them.
    """
    defaults = [found for body in ranges if any(found := _defaults(body))]
    if not defaults:
        return spec
    whole = mapping(spec, "resources")
    settled = {"resources": {**whole, "requests": _requested_whole(spec)}} if mapping(whole, "limits") else {}
    filled = {
        field: [_filled(one, defaults) for _, one in entries(spec, field)]
        for field in ("initContainers", "containers")
        if entries(spec, field)
    }
    return {**spec, **settled, **filled}


def read(amounts: Any) -> Amounts:
    """A mapping of Kubernetes quantities; what is no quantity counts as nothing, and the schema proof says so."""
    found = {}
    for name, amount in amounts.items() if isinstance(amounts, dict) else ():
        if isinstance(amount, (str, int, float)) and not isinstance(amount, bool):
            found[str(name)] = _thousandths(str(amount))
    return found


def added(*amounts: Amounts) -> Amounts:
    """The sum, resource by resource."""
    return {
        name: sum(one.get(name, 0) for one in amounts) for name in dict.fromkeys(key for one in amounts for key in one)
    }


def most(*amounts: Amounts) -> Amounts:
    """The larger amount of each resource."""
    return {
        name: max(one.get(name, 0) for one in amounts) for name in dict.fromkeys(key for one in amounts for key in one)
    }


def times(count: int, amounts: Amounts) -> Amounts:
    """So many of them."""
    return {name: count * amount for name, amount in amounts.items()}


@functools.cache
def _thousandths(amount: str) -> int:
    try:
        return math.ceil(parse_quantity(amount) * 1000)
    except ValueError:
        return 0


def _defaults(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The limits and the requests that a LimitRange fills in.

    Kubernetes completes it first: a maximum is a default limit, that a default request, and so is a minimum.
    """
    limited: dict[str, Any] = {}
    requested: dict[str, Any] = {}
    for _, entry in entries(body, "spec", "limits"):
        if text(entry, "type") == "Container":
            default = {**mapping(entry, "max"), **mapping(entry, "default")}
            limited |= default
            requested |= {**mapping(entry, "min"), **default, **mapping(entry, "defaultRequest")}
    return limited, requested


def _filled(container: dict[str, Any], defaults: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    """LimitRanger comes after defaulting: what a container limits itself, it requests itself."""
    limited = mapping(container, "resources", "limits")
    requested = {**limited, **mapping(container, "resources", "requests")}
    for limits, requests in defaults:
        limited, requested = {**limits, **limited}, {**requests, **requested}
    return {**container, "resources": {**mapping(container, "resources"), "limits": limited, "requests": requested}}


def _of_pod(spec: Mapping[str, Any], which: str) -> Amounts:
    total = _of_containers(spec, which)
    whole = read(_requested_whole(spec) if which == "requests" else mapping(spec, "resources", "limits"))
    total = {**total, **{name: amount for name, amount in whole.items() if _counts_whole(name)}}
    overhead = read(value_at(spec, "overhead"))
    if which == "limits":
        overhead = {name: amount for name, amount in overhead.items() if total.get(name)}
    return added(total, overhead) if overhead else total


def _requested_whole(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What the pod as a whole requests: what it limits and neither it nor a container requests, it requests to the limit."""
    whole = mapping(spec, "resources", "limits")
    if not whole:
        return mapping(spec, "resources", "requests")
    of_containers = _of_containers(spec, "requests")
    left_open = {name: amount for name, amount in whole.items() if name not in of_containers}
    settled = {name: _quantity(amount) for name, amount in of_containers.items() if name in _OF_THE_POD}
    return {**left_open, **settled, **mapping(spec, "resources", "requests")}


def _quantity(amount: int) -> str:
    return f"{amount}m"


def _counts_whole(name: str) -> bool:
    return name in _OF_THE_POD or name.startswith("hugepages-")


def _of_containers(spec: Mapping[str, Any], which: str) -> Amounts:
    containers = [_of_container(one, which) for _, one in entries(spec, "containers")]
    sidecars: Amounts = {}
    starting: Amounts = {}
    for _, one in entries(spec, "initContainers"):
        asked = _of_container(one, which)
        if text(one, "restartPolicy") == "Always":
            sidecars = added(sidecars, asked)
            asked = sidecars
        else:
            asked = added(sidecars, asked)
        starting = most(starting, asked)
    return most(added(sidecars, *containers), starting)


def _of_container(container: Mapping[str, Any], which: str) -> Amounts:
    limited = mapping(container, "resources", "limits")
    return read(limited if which == "limits" else {**limited, **mapping(container, "resources", "requests")})
