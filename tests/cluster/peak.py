"""Everything at its most on a real API server: the tree's own workloads, and stand-ins for what charts and operators make."""

from __future__ import annotations

import contextlib
import functools
import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from groundwork.catalog.quantities import parse_quantity
from groundwork.proofs.fields import mapping
from groundwork.proofs.pods import PodSet, pod_sets
from groundwork.proofs.resources import read
from groundwork.proofs.world import World
from tests.cluster.api import Api
from tests.cluster.workloads import pods_of, surroundings, workload_of

__all__ = ["Hit", "Peak", "hits", "used"]

_EXCEEDED = re.compile(r"exceeded quota: [^,]+, requested: (?P<asked>[^:]*), used: ")
_UNSAID = re.compile(r"failed quota: [^:]+: must specify (?P<asked>.*)")
_BOUNDED = re.compile(r"maximum (?P<asked>\S+) usage per Container")
_PATIENCE = 90
# A namespace, and a line of its quota.
Hit = tuple[str, str]


@dataclass
class Peak:
    """The pod sets of a cluster's namespaces with quotas, each with all the pods that it may have."""

    api: Api
    world: World
    _made: list[dict[str, Any]] = field(default_factory=list)

    @contextlib.contextmanager
    def scaled(self) -> Generator[None]:
        """With every pod there or refused; afterwards nothing is left."""
        self._wait_for_controllers()
        try:
            self._settle(self._make())
            yield
        finally:
            self._clear()

    def _make(self) -> Counter[str]:
        """Apply everything that makes pods; how many each namespace should have."""
        wanted: Counter[str] = Counter()
        for body in surroundings(self.world):
            self.api.apply(body)
        for number, one in enumerate(pod_sets(self.world)):
            for body in _bodies(one, number) if one.namespace in self._namespaces else ():
                answer = self.api.apply(body)
                assert answer.taken, answer.says
                self._made.append(body)
                wanted[one.namespace] += pods_of(body)
        return wanted

    @functools.cached_property
    def _namespaces(self) -> list[str]:
        return sorted({one.namespace for one in self.world.objects("ResourceQuota")})

    def _wait_for_controllers(self) -> None:
        """Until admission knows every quota as it stands, and every namespace has the account that stand-ins run as."""
        quotas = {one.namespace: read(one.body["spec"]["hard"]) for one in self.world.objects("ResourceQuota")}

        def ready() -> bool:
            known = {
                one["metadata"]["namespace"]: read(mapping(one, "status", "hard"))
                for one in self.api.every("v1", "ResourceQuota")
            }
            accounts = {
                one["metadata"]["namespace"]
                for one in self.api.every("v1", "ServiceAccount")
                if one["metadata"]["name"] == "default"
            }
            return known == quotas and accounts >= quotas.keys()

        _until(ready, "quotas that no controller has seen")

    def _settle(self, wanted: Mapping[str, int]) -> None:
        """Until every namespace has its pods, or lacks some that a quota refused, and what is there is counted."""
        before: object = None
        for _ in range(_PATIENCE):
            pods, refused = self._pods(), hits(self.api)
            hit = {namespace for namespace, _ in refused}
            there = all(pods[name] == wanted[name] or name in hit for name in self._namespaces)
            if there and self._counted(pods) and (pods, refused) == before:
                return
            before = pods, refused
            time.sleep(1)
        raise TimeoutError(f"{self.world.cluster}: {self._pods()} pods, wanted {wanted}; refused {hits(self.api)}")

    def _clear(self) -> None:
        for body in self._made:
            self.api.delete(body)
        self._made.clear()
        _until(lambda: not self._pods().total() and self._counted(Counter()), "pods that stay, or still count")
        for namespace in self._namespaces:
            self.api.client.delete(f"/api/v1/namespaces/{namespace}/events")

    def _counted(self, pods: Counter[str]) -> bool:
        return all(lines.get("pods", pods[namespace]) == pods[namespace] for namespace, lines in used(self.api).items())

    def _pods(self) -> Counter[str]:
        return Counter(one["metadata"]["namespace"] for one in self.api.every("v1", "Pod"))


def used(api: Api) -> dict[str, dict[str, Fraction]]:
    """What the API server says that each namespace uses, by line of its quota."""
    return {
        one["metadata"]["namespace"]: {
            name: parse_quantity(amount) for name, amount in mapping(one, "status", "used").items()
        }
        for one in api.every("v1", "ResourceQuota")
    }


def hits(api: Api) -> set[Hit]:
    """Every line of a quota by which a pod was refused; the bound of a LimitRange is called `max memory`."""
    return {
        (one["metadata"]["namespace"], resource)
        for one in api.every("v1", "Event")
        if one["reason"] == "FailedCreate"
        for resource in _refused(one["message"])
    }


def _refused(message: str) -> list[str]:
    exceeded, unsaid = _EXCEEDED.search(message), _UNSAID.search(message)
    if exceeded:
        return [one.partition("=")[0] for one in exceeded["asked"].split(",")]
    if unsaid:
        return [one.partition(" for: ")[0] for one in unsaid["asked"].split("; ")]
    return [f"max {asked}" for asked in _BOUNDED.findall(message)] or [message]


def _bodies(one: PodSet, number: int) -> Iterator[dict[str, Any]]:
    """The objects that make the pods of a set: surge is more replicas, and a Job that may run twice is two."""
    if one.daemon or not one.scale.peak:
        return
    body = workload_of(one, number)
    if body["kind"] == "Job":
        for run in range(one.scale.peak // one.scale.most):
            yield {**body, "metadata": {**body["metadata"], "name": f"{one.name[:50]}-{number}-{run}"}}
        return
    body["spec"]["replicas"] = one.scale.peak
    if body["kind"] == "StatefulSet":
        # Nothing becomes ready here, and the second pod would wait for the first.
        body["spec"]["podManagementPolicy"] = "Parallel"
    yield body


def _until(settled: Callable[[], bool], what: str) -> None:
    for _ in range(_PATIENCE * 5):
        if settled():
            return
        time.sleep(0.2)
    raise TimeoutError(what)
