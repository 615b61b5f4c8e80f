"""Cases: node pools and pods, drawn by a seed, some of which find a machine and some of which do not.

Each begins with an instance type. The first pool is drawn so that it may buy that type, and the pods so that they fit on it;
then, in half of the cases, something is turned against them. What comes of it is for Karpenter to say.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from groundwork.catalog.instances import InstanceType
from tests.cluster.draws import (
    ARCH,
    CAPACITY_TYPE,
    HOST,
    TEAMS,
    TYPE,
    ZONE,
    Draw,
    Expression,
    limits_of,
    of_pod,
    one_each,
    one_of,
    own,
)
from tests.cluster.instance_types import SELF_MANAGED, Offer
from tests.cluster.twists import twist

__all__ = ["CASE", "NODE_CLASS", "STARTUP_TAINT", "Case", "drawn"]

# What keeps cases apart: a label of each pool's nodes, which each pod asks for.
CASE = "groundwork.dev/case"
NODE_CLASS = {"group": SELF_MANAGED, "kind": "EC2NodeClass", "name": "default"}
STARTUP_TAINT = "groundwork.dev/starting"


@dataclass(frozen=True, kw_only=True)
class Case:
    """Objects that have to do with each other and with nothing else of a batch."""

    number: int
    pools: list[dict[str, Any]] = field(default_factory=list)
    daemons: list[dict[str, Any]] = field(default_factory=list)
    pods: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What its objects' names begin with, before a dash."""
        return f"case-{self.number}"


def drawn(offer: Offer, count: int, seed: int) -> Iterator[Case]:
    """So many cases of what is on offer."""
    chance = random.Random(seed)
    shelf = offer.types
    # Few types have devices, and they are what this is about.
    devices = [one for one in shelf if one.extended_resources.keys() - {"vpc.amazonaws.com/efa"}]
    for number in range(count):
        target = chance.choice(devices if chance.random() < 0.3 else shelf)
        yield _Drawing(chance, offer, shelf, target, number).case()


class _Drawing(Draw):
    def case(self) -> Case:
        pools = [self._pool(at, self.target if at == 0 else self.chance.choice(self.shelf)) for at in range(self.few())]
        daemons = [self._daemon()] if self.likely(0.15) else []
        spec = self._pod_spec(pools[0])
        if self.likely(0.5):
            twist(self, pools[0]["spec"], spec)
        count = 1 if self.likely(0.7) else self.chance.randint(2, 4)
        labels = {"app": f"case-{self.number}"}
        name = f"case-{self.number}"
        pods = [
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": f"{name}-{at}", "namespace": "default", "labels": labels},
                "spec": spec,
            }
            for at in range(count)
        ]
        return Case(number=self.number, pools=pools, daemons=daemons, pods=pods)

    # --- pools ---------------------------------------------------------------

    def _pool(self, at: int, target: InstanceType) -> dict[str, Any]:
        name = f"case-{self.number}-{'abc'[at]}"
        labels = {CASE: str(self.number)}
        if self.likely(0.3):
            labels["team"] = self.chance.choice(TEAMS)
        template: dict[str, Any] = {"nodeClassRef": NODE_CLASS, "requirements": self._pool_requirements(target)}
        if self.likely(0.35):
            template["taints"] = [self.taint() for _ in range(self.chance.randint(1, 2))]
        if self.likely(0.15):
            template["startupTaints"] = [{"key": STARTUP_TAINT, "effect": "NoSchedule"}]
        # Nobody is to be moved while others still look for a place.
        disruption = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "Never"}
        spec: dict[str, Any] = {
            "template": {"metadata": {"labels": labels}, "spec": template},
            "disruption": disruption,
        }
        if self.likely(0.4):
            spec["weight"] = self.chance.choice((1, 10, 10, 50, 100))
        if self.likely(0.2):
            spec["limits"] = self.chance.choice(
                ({"cpu": "1000"}, {"memory": "4Ti"}, {"cpu": "64", "memory": "512Gi"}, {"nodes": "3"})
            )
        return {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": name}, "spec": spec}

    def _pool_requirements(self, target: InstanceType) -> list[Expression]:
        found = [self.of_type(target) for _ in range(self.chance.randint(0, 3))]
        if self.likely(0.5):
            found.append(one_of(CAPACITY_TYPE, *self.some(["on-demand", "spot"], 2)))
        if self.likely(0.25):
            found.append(one_of(ZONE, *self.some(self.offer.zones, 2)))
        if self.likely(0.3):
            found.append(one_of(ARCH, target.arch))
        if self.likely(0.1):
            found.append({"key": "color", "operator": "Exists"})
        if self.likely(0.1):
            key = self.chance.choice((TYPE, own("family"), own("size")))
            found.append({"key": key, "operator": "Exists", "minValues": self.chance.choice((1, 2, 5, 20))})
        return one_each(found)

    # --- pods ----------------------------------------------------------------

    def _daemon(self) -> dict[str, Any]:
        name = f"case-{self.number}-daemon"
        spec: dict[str, Any] = {
            "nodeSelector": {CASE: str(self.number)},
            "containers": [
                _container(
                    {"cpu": f"{self.chance.choice((100, 500))}m", "memory": self.chance.choice(("256Mi", "2Gi"))}
                )
            ],
        }
        if self.likely(0.6):
            spec["tolerations"] = [{"operator": "Exists"}]
        return {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "selector": {"matchLabels": {"daemon": name}},
                "template": {"metadata": {"labels": {"daemon": name}}, "spec": spec},
            },
        }

    def _pod_spec(self, pool: dict[str, Any]) -> dict[str, Any]:
        spec: dict[str, Any] = {
            "nodeSelector": {CASE: str(self.number)},
            "terminationGracePeriodSeconds": 0,
            "tolerations": self._tolerations(pool),
            "containers": [_container(self._requests())],
        }
        self._wanting(pool, spec)
        if self.likely(0.25):
            self._spread(spec)
        if self.likely(0.2):
            self._near(spec)
        if self.likely(0.1):
            spec["containers"][0]["ports"] = [{"containerPort": 8080, "hostPort": 8080}]
        if self.likely(0.1):
            spec["initContainers"] = [{**_container({"cpu": "1", "memory": "1Gi"}), "name": "first"}]
        return spec

    def _requests(self) -> dict[str, str]:
        share = self.chance.choice((0.05, 0.2, 0.5, 0.8))
        found = {
            "cpu": f"{max(int(self.target.allocatable_cpu_millis * share), 10)}m",
            "memory": f"{max(int(self.target.allocatable_memory_mib * share), 16)}Mi",
        }
        devices = {
            name: count for name, count in self.target.extended_resources.items() if name != "vpc.amazonaws.com/efa"
        }
        if devices and self.likely(0.8):
            name = self.chance.choice(sorted(devices))
            found[name] = str(self.chance.choice((1, devices[name])))
        if self.likely(0.1):
            found["ephemeral-storage"] = self.chance.choice(("1Gi", "10Gi"))
        return found

    def _tolerations(self, pool: dict[str, Any]) -> list[dict[str, Any]]:
        """As many as the pool's taints ask for, in one way or another."""
        found = []
        for taint in pool["spec"]["template"]["spec"].get("taints", ()):
            exact = {
                "key": taint["key"],
                "operator": "Equal",
                "value": taint.get("value", ""),
                "effect": taint["effect"],
            }
            found.append(
                self.chance.choice((exact, {"key": taint["key"], "operator": "Exists"}, {"operator": "Exists"}))
            )
        return found

    def _wanting(self, pool: dict[str, Any], spec: dict[str, Any]) -> None:
        """Labels that the pod demands or likes, which the pool's machines can have."""
        team = pool["spec"]["template"]["metadata"]["labels"].get("team")
        wanted = [self.of_type(self.target) for _ in range(self.chance.choice((0, 0, 1, 2)))]
        if team and self.likely(0.5):
            wanted.append(
                self.chance.choice(
                    (one_of("team", team), one_of("team", *TEAMS), {"key": "team", "operator": "Exists"})
                )
            )
        if self.likely(0.2):
            wanted.append(one_of(ARCH, self.target.arch))
        if self.likely(0.15):
            wanted.append(one_of(ZONE, *self.some(self.offer.zones, 2)))
        if self.likely(0.1):
            wanted.append({"key": "absent", "operator": self.chance.choice(("DoesNotExist", "NotIn")), "values": ["x"]})
        plain = [one for one in wanted if one["operator"] == "In" and len(one["values"]) == 1]
        if plain and self.likely(0.5):
            spec["nodeSelector"] |= {one["key"]: one["values"][0] for one in plain}
            wanted = [one for one in wanted if one not in plain]
        terms = [{"matchExpressions": [of_pod(one) for one in wanted]}] if wanted else []
        if terms and self.likely(0.2):
            terms.insert(self.chance.choice((0, 1)), {"matchExpressions": [one_of("team", "nobody")]})
        affinity: dict[str, Any] = {}
        if terms:
            affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": terms}
        if self.likely(0.2):
            liked = self.chance.choice(
                (
                    one_of("team", self.chance.choice(TEAMS)),
                    one_of(ZONE, self.offer.zones[0]),
                    self.of_type(self.target),
                )
            )
            affinity["preferredDuringSchedulingIgnoredDuringExecution"] = [
                {"weight": 10, "preference": {"matchExpressions": [of_pod(liked)]}}
            ]
        if affinity:
            spec["affinity"] = {"nodeAffinity": affinity}

    def _spread(self, spec: dict[str, Any]) -> None:
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": self.chance.choice((1, 2)),
                "topologyKey": self.chance.choice((ZONE, HOST, CAPACITY_TYPE)),
                "whenUnsatisfiable": self.chance.choice(("DoNotSchedule", "ScheduleAnyway")),
                "labelSelector": self._mine(),
            }
        ]

    def _near(self, spec: dict[str, Any]) -> None:
        term = {"topologyKey": self.chance.choice((ZONE, HOST)), "labelSelector": self._mine()}
        kind = self.chance.choice(("podAffinity", "podAntiAffinity", "podAntiAffinity"))
        if self.likely(0.5):
            rule: dict[str, Any] = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
        else:
            rule = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": term}]}
        spec.setdefault("affinity", {})[kind] = rule

    def _mine(self) -> dict[str, Any]:
        return {"matchLabels": {"app": f"case-{self.number}"}}


def _container(requests: dict[str, str]) -> dict[str, Any]:
    return {"name": "main", "image": "main", "resources": {"requests": requests, "limits": limits_of(requests)}}
