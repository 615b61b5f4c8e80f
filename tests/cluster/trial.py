"""A trial of cases: node pools and pods are given to Karpenter, and it says what it makes of them."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.cluster.api import Api
from tests.cluster.cases import Case

__all__ = ["PLACED", "REFUSED", "Outcome", "judged", "remove", "said", "until_none"]

_PATIENCE = 240
_POOL = "karpenter.sh/nodepool"
_TYPE = "node.kubernetes.io/instance-type"
PLACED, REFUSED = "Nominated", "FailedScheduling"
_CLAIM = re.compile(r"nodeclaim/([^,\s]+)")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What Karpenter decided for one pod: the pool that a machine is bought from and its type, or neither and why.

    Pods with the same `claim` share a machine.
    """

    case: Case
    pod: str
    pool: str = ""
    machine: str = ""
    claim: str = ""
    says: str = ""


def judged(api: Api, cases: Sequence[Case]) -> Iterator[Outcome]:
    """Give it the cases at once, wait until it has decided on every pod, and take them away again.

    The first word counts: a pod that finds no place at once may find one later beside others.

    Raises:
        TimeoutError: some pods had no verdict in time.
    """
    _apply(api, [pool for case in cases for pool in case.pools])
    until_none(lambda: _unjudged(api), "node pools that Karpenter has not looked at")
    _apply(api, [daemon for case in cases for daemon in case.daemons])
    _apply(api, [pod for case in cases for pod in case.pods])
    of = {pod["metadata"]["name"]: case for case in cases for pod in case.pods}
    until_none(lambda: sorted(of.keys() - said(api).keys()), "pods without a verdict")
    words = said(api)
    claims = {match[1] for name in of if words[name][0] == PLACED and (match := _CLAIM.search(words[name][1]))}
    until_none(lambda: sorted(claims - _bought(api).keys()), "machines that are not bought")
    bought = _bought(api)
    for name, case in of.items():
        reason, text = words[name]
        match = _CLAIM.search(text)
        if reason == PLACED and match:
            labels = bought[match[1]]
            yield Outcome(case=case, pod=name, pool=labels[_POOL], machine=labels[_TYPE], claim=match[1])
        else:
            yield Outcome(case=case, pod=name, says=text)
    _clear(api)


def _apply(api: Api, bodies: Sequence[dict[str, Any]]) -> None:
    for body in bodies:
        answer = api.apply(body)
        if not answer.taken:
            raise ValueError(f"{body['metadata']['name']}: {answer.says}")


def _unjudged(api: Api) -> list[str]:
    return [
        one["metadata"]["name"]
        for one in api.every("karpenter.sh/v1", "NodePool")
        if not any(
            said["type"] == "Ready" and said["status"] != "Unknown"
            for said in one.get("status", {}).get("conditions", ())
        )
    ]


def said(api: Api) -> dict[str, tuple[str, str]]:
    """Karpenter's first word on each pod: the event's reason, and what it says."""
    events = [
        one
        for one in api.every("v1", "Event")
        if one["source"].get("component") == "karpenter" and one["reason"] in (PLACED, REFUSED)
    ]
    events.sort(key=lambda one: int(one["metadata"]["resourceVersion"]), reverse=True)
    return {one["involvedObject"]["name"]: (one["reason"], one["message"]) for one in events}


def _bought(api: Api) -> dict[str, dict[str, str]]:
    """The labels of every claim that has a machine."""
    return {
        one["metadata"]["name"]: one["metadata"]["labels"]
        for one in api.every("karpenter.sh/v1", "NodeClaim")
        if _TYPE in one["metadata"]["labels"]
    }


def _clear(api: Api) -> None:
    """Pods, then machines, then pools: Karpenter stumbles over a machine whose pool has gone before it."""
    for version, kind in (
        ("apps/v1", "DaemonSet"),
        ("v1", "Pod"),
        ("karpenter.sh/v1", "NodeClaim"),
        ("karpenter.sh/v1", "NodePool"),
    ):
        remove(api, version, kind)
    api.empty("v1", "Event")


def remove(api: Api, version: str, kind: str) -> None:
    """Delete every object of a kind, and those that come while they go."""
    until_none(functools.partial(_left, api, version, kind), f"{kind}s that stay")


def _left(api: Api, version: str, kind: str) -> list[str]:
    api.empty(version, kind)
    return [one["metadata"]["name"] for one in api.every(version, kind)]


def until_none(waiting: Callable[[], list[str]], what: str) -> None:
    """Wait until nothing is waited for."""
    until = time.monotonic() + _PATIENCE
    while left := waiting():
        if time.monotonic() > until:
            raise TimeoutError(f"after {_PATIENCE} s there are {what}: {', '.join(left)}")
        time.sleep(0.3)
