"""Cases: node pools and pods, drawn by a seed, some of which find a machine and some of which do not.

Each begins with an instance type. The first pool is drawn so that it may buy that type, and the pods so that they fit on it;
then, in half of the cases, something is turned against them. What comes of it is for Karpenter to say.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundwork.catalog.instances import InstanceType
from tests.cluster.instance_types import SELF_MANAGED, Offer, labels_of

__all__ = ["CASE", "NODE_CLASS", "STARTUP_TAINT", "Case", "drawn"]

# What keeps cases apart: a label of each pool's nodes, which each pod asks for.
CASE = "groundwork.dev/case"
NODE_CLASS = {"group": SELF_MANAGED, "kind": "EC2NodeClass", "name": "default"}
STARTUP_TAINT = "groundwork.dev/starting"

_ARCH = "kubernetes.io/arch"
_CAPACITY = "karpenter.sh/capacity-type"
_HOST = "kubernetes.io/hostname"
_TYPE = "node.kubernetes.io/instance-type"
_ZONE = "topology.kubernetes.io/zone"
_TEAMS = ("a", "b", "c")
_WORDS = (
    "category",
    "family",
    "size",
    "cpu-manufacturer",
    "hypervisor",
    "gpu-name",
    "accelerator-name",
    "capability-flex",
)
_NUMBERS = ("generation", "cpu", "memory", "local-nvme", "network-bandwidth", "gpu-count", "gpu-memory")

Expression = dict[str, Any]


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


@dataclass(frozen=True)
class _Drawing:
    chance: random.Random
    offer: Offer
    shelf: Sequence[InstanceType]
    target: InstanceType
    number: int

    def case(self) -> Case:
        pools = [
            self._pool(at, self.target if at == 0 else self.chance.choice(self.shelf)) for at in range(self._few())
        ]
        daemons = [self._daemon()] if self._likely(0.15) else []
        spec = self._pod_spec(pools[0])
        if self._likely(0.5):
            self.chance.choice(_TWISTS)(self, pools, spec)
        count = 1 if self._likely(0.7) else self.chance.randint(2, 4)
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

    # --- chances -------------------------------------------------------------

    def _likely(self, share: float) -> bool:
        return self.chance.random() < share

    def _few(self) -> int:
        return self.chance.choices((1, 2, 3), (5, 3, 2))[0]

    def _some(self, items: Sequence[str], most: int = 3) -> list[str]:
        """At least one of them."""
        return sorted(self.chance.sample(items, min(len(items), self.chance.randint(1, most))))

    # --- pools ---------------------------------------------------------------

    def _pool(self, at: int, target: InstanceType) -> dict[str, Any]:
        name = f"case-{self.number}-{'abc'[at]}"
        labels = {CASE: str(self.number)}
        if self._likely(0.3):
            labels["team"] = self.chance.choice(_TEAMS)
        template: dict[str, Any] = {"nodeClassRef": NODE_CLASS, "requirements": self._pool_requirements(target)}
        if self._likely(0.35):
            template["taints"] = [self._taint() for _ in range(self.chance.randint(1, 2))]
        if self._likely(0.15):
            template["startupTaints"] = [{"key": STARTUP_TAINT, "effect": "NoSchedule"}]
        # Nobody is to be moved while others still look for a place.
        disruption = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "Never"}
        spec: dict[str, Any] = {
            "template": {"metadata": {"labels": labels}, "spec": template},
            "disruption": disruption,
        }
        if self._likely(0.4):
            spec["weight"] = self.chance.choice((1, 10, 10, 50, 100))
        if self._likely(0.2):
            spec["limits"] = self.chance.choice(
                ({"cpu": "1000"}, {"memory": "4Ti"}, {"cpu": "64", "memory": "512Gi"}, {"nodes": "3"})
            )
        return {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": name}, "spec": spec}

    def _pool_requirements(self, target: InstanceType) -> list[Expression]:
        found = [self._of_type(target) for _ in range(self.chance.randint(0, 3))]
        if self._likely(0.5):
            found.append(_in(_CAPACITY, *self._some(["on-demand", "spot"], 2)))
        if self._likely(0.25):
            found.append(_in(_ZONE, *self._some(self.offer.zones, 2)))
        if self._likely(0.3):
            found.append(_in(_ARCH, target.arch))
        if self._likely(0.1):
            found.append({"key": "color", "operator": "Exists"})
        if self._likely(0.1):
            key = self.chance.choice((_TYPE, _own("family"), _own("size")))
            found.append({"key": key, "operator": "Exists", "minValues": self.chance.choice((1, 2, 5, 20))})
        return _one_each(found)

    def _of_type(self, target: InstanceType) -> Expression:
        """A requirement that the type meets."""
        labels = dict(labels_of(target))
        name = self.chance.choice((*_WORDS, *_NUMBERS))
        values = labels.get(name)
        if not values:
            return {"key": _own(name), "operator": "DoesNotExist"}
        if name in _NUMBERS and self._likely(0.7):
            return self._bound(name, int(values[0]))
        match self.chance.choice(("In", "In", "NotIn", "Exists")):
            case "In":
                return _in(_own(name), *values, *self._others(name, values))
            case "NotIn":
                return {"key": _own(name), "operator": "NotIn", "values": self._others(name, values) or ["none"]}
            case _:
                return {"key": _own(name), "operator": "Exists"}

    def _bound(self, name: str, value: int) -> Expression:
        operator = self.chance.choice(("Gt", "Lt", "Gte", "Lte"))
        slack = self.chance.choice((1, 2, value))
        bound = {"Gt": max(value - slack, 0), "Lt": value + slack, "Gte": value, "Lte": value}[operator]
        if operator == "Gt" and bound >= value:
            operator = "Gte"
        return {"key": _own(name), "operator": operator, "values": [str(bound)]}

    def _others(self, name: str, values: Sequence[str]) -> list[str]:
        """Values that other types have."""
        sample = [dict(labels_of(one)).get(name, [""])[0] for one in self.chance.sample(self.shelf, 3)]
        return sorted({one for one in sample if one} - set(values))

    def _taint(self) -> dict[str, Any]:
        key, value = self.chance.choice(
            (("nvidia.com/gpu", "true"), ("team", self.chance.choice(_TEAMS)), ("quiet", ""))
        )
        effect = self.chance.choices(("NoSchedule", "NoExecute", "PreferNoSchedule"), (6, 2, 2))[0]
        return {"key": key, "effect": effect, **({"value": value} if value else {})}

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
        if self._likely(0.6):
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
        if self._likely(0.25):
            self._spread(spec)
        if self._likely(0.2):
            self._near(spec)
        if self._likely(0.1):
            spec["containers"][0]["ports"] = [{"containerPort": 8080, "hostPort": 8080}]
        if self._likely(0.1):
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
        if devices and self._likely(0.8):
            name = self.chance.choice(sorted(devices))
            found[name] = str(self.chance.choice((1, devices[name])))
        if self._likely(0.1):
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
        wanted = [self._of_type(self.target) for _ in range(self.chance.choice((0, 0, 1, 2)))]
        if team and self._likely(0.5):
            wanted.append(
                self.chance.choice((_in("team", team), _in("team", *_TEAMS), {"key": "team", "operator": "Exists"}))
            )
        if self._likely(0.2):
            wanted.append(_in(_ARCH, self.target.arch))
        if self._likely(0.15):
            wanted.append(_in(_ZONE, *self._some(self.offer.zones, 2)))
        if self._likely(0.1):
            wanted.append({"key": "absent", "operator": self.chance.choice(("DoesNotExist", "NotIn")), "values": ["x"]})
        plain = [one for one in wanted if one["operator"] == "In" and len(one["values"]) == 1]
        if plain and self._likely(0.5):
            spec["nodeSelector"] |= {one["key"]: one["values"][0] for one in plain}
            wanted = [one for one in wanted if one not in plain]
        terms = [{"matchExpressions": [_of_pod(one) for one in wanted]}] if wanted else []
        if terms and self._likely(0.2):
            terms.insert(self.chance.choice((0, 1)), {"matchExpressions": [_in("team", "nobody")]})
        affinity: dict[str, Any] = {}
        if terms:
            affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": terms}
        if self._likely(0.2):
            liked = self.chance.choice(
                (_in("team", self.chance.choice(_TEAMS)), _in(_ZONE, self.offer.zones[0]), self._of_type(self.target))
            )
            affinity["preferredDuringSchedulingIgnoredDuringExecution"] = [
                {"weight": 10, "preference": {"matchExpressions": [_of_pod(liked)]}}
            ]
        if affinity:
            spec["affinity"] = {"nodeAffinity": affinity}

    def _spread(self, spec: dict[str, Any]) -> None:
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": self.chance.choice((1, 2)),
                "topologyKey": self.chance.choice((_ZONE, _HOST, _CAPACITY)),
                "whenUnsatisfiable": self.chance.choice(("DoNotSchedule", "ScheduleAnyway")),
                "labelSelector": self._mine(),
            }
        ]

    def _near(self, spec: dict[str, Any]) -> None:
        term = {"topologyKey": self.chance.choice((_ZONE, _HOST)), "labelSelector": self._mine()}
        kind = self.chance.choice(("podAffinity", "podAntiAffinity", "podAntiAffinity"))
        if self._likely(0.5):
            rule: dict[str, Any] = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
        else:
            rule = {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": term}]}
        spec.setdefault("affinity", {})[kind] = rule

    def _mine(self) -> dict[str, Any]:
        return {"matchLabels": {"app": f"case-{self.number}"}}

    # --- what is turned against a pod -----------------------------------------

    def ask_too_much(self, pools: list[dict[str, Any]], spec: dict[str, Any]) -> None:
        requests = spec["containers"][0]["resources"]["requests"]
        name = self.chance.choice(sorted(requests))
        requests[name] = {"cpu": "900", "memory": "40Ti", "ephemeral-storage": "900Ti"}.get(name, "99")
        spec["containers"][0]["resources"]["limits"] = _limits(requests)

    def ask_slightly_more(self, pools: list[dict[str, Any]], spec: dict[str, Any]) -> None:
        """As much as the target has, which the pool may or may not exceed."""
        requests = spec["containers"][0]["resources"]["requests"]
        requests["cpu"] = f"{self.target.allocatable_cpu_millis + self.chance.choice((0, 1))}m"

    def ask_for_a_device(self, pools: list[dict[str, Any]], spec: dict[str, Any]) -> None:
        requests = spec["containers"][0]["resources"]["requests"]
        requests[
            self.chance.choice(("nvidia.com/gpu", "aws.amazon.com/neuron", "amd.com/gpu", "nvidia.com/mig-1g.10gb"))
        ] = "1"
        spec["containers"][0]["resources"]["limits"] = _limits(requests)

    def want_what_none_has(self, pools: list[dict[str, Any]], spec: dict[str, Any]) -> None:
        key, value = self.chance.choice(
            (
                ("color", "red"),
                ("team", "nobody"),
                (_own("gpu-name"), "h100"),
                (_own("family"), "zz9"),
                ("eks.amazonaws.com/instance-family", self.target.family),
                (_ZONE, "us-east-2z"),
                (_ARCH, "amd64" if self.target.arch == "arm64" else "arm64"),
                ("kubernetes.io/os", "windows"),
                (_CAPACITY, "reserved"),
            )
        )
        spec["nodeSelector"][key] = value

    def rule_a_label_out(self, pools: list[dict[str, Any]], spec: dict[str, Any]) -> None:
        """A requirement that the type meets, turned round."""
        one = self._of_type(self.target)
        turned = {"In": "NotIn", "NotIn": "In", "Exists": "DoesNotExist", "DoesNotExist": "Exists"}
        pools[0]["spec"]["template"]["spec"]["requirements"] = _one_each(
            [
                {**one, "operator": turned.get(one["operator"], one["operator"])},
                *pools[0]["spec"]["template"]["spec"]["requirements"],
            ]
        )

    def tolerate_nothing(self, pools: list[dict[str, Any]], spec: dict[str, Any]) -> None:
        pools[0]["spec"]["template"]["spec"]["taints"] = [self._taint()]
        spec["tolerations"] = self.chance.choice(
            (
                [],
                [{"key": "quiet", "operator": "Exists", "effect": "NoExecute"}],
                [{"key": "team", "operator": "Equal", "value": "a"}],
            )
        )

    def limit_the_pool(self, pools: list[dict[str, Any]], spec: dict[str, Any]) -> None:
        tight = (
            {"cpu": "1"},
            {"memory": "1Gi"},
            {"nvidia.com/gpu": "1"},
            {"cpu": str(self.target.vcpu)},
            {"nodes": "0"},
            {"nodes": "1"},
        )
        pools[0]["spec"]["limits"] = self.chance.choice(tight)

    def want_another_zone(self, pools: list[dict[str, Any]], spec: dict[str, Any]) -> None:
        requirements = pools[0]["spec"]["template"]["spec"]["requirements"]
        pools[0]["spec"]["template"]["spec"]["requirements"] = _one_each(
            [_in(_ZONE, self.offer.zones[0]), *requirements]
        )
        spec["nodeSelector"][_ZONE] = self.offer.zones[1]


_Twist = Callable[[_Drawing, list[dict[str, Any]], dict[str, Any]], None]
_TWISTS: tuple[_Twist, ...] = (
    _Drawing.ask_too_much,
    _Drawing.ask_slightly_more,
    _Drawing.ask_for_a_device,
    _Drawing.want_what_none_has,
    _Drawing.rule_a_label_out,
    _Drawing.tolerate_nothing,
    _Drawing.limit_the_pool,
    _Drawing.want_another_zone,
)


def _own(name: str) -> str:
    return f"{SELF_MANAGED}/instance-{name}"


def _in(key: str, *values: str) -> Expression:
    return {"key": key, "operator": "In", "values": list(values)}


def _one_each(expressions: list[Expression]) -> list[Expression]:
    """The first of each key: two that contradict each other are the author's mistake, and the API server's to refuse."""
    return [_sound(one) for one in {one["key"]: one for one in reversed(expressions)}.values()]


def _sound(one: Expression) -> Expression:
    """Without values where the operator takes none."""
    return (
        one if one["operator"] not in ("Exists", "DoesNotExist") else {key: one[key] for key in one if key != "values"}
    )


def _of_pod(one: Expression) -> Expression:
    """In the words of a pod, which knows of fewer operators than a pool."""
    match one["operator"]:
        case "Gte":
            return {**one, "operator": "Gt", "values": [str(int(one["values"][0]) - 1)]}
        case "Lte":
            return {**one, "operator": "Lt", "values": [str(int(one["values"][0]) + 1)]}
        case _:
            return _sound(one)


def _container(requests: dict[str, str]) -> dict[str, Any]:
    return {"name": "main", "image": "main", "resources": {"requests": requests, "limits": _limits(requests)}}


def _limits(requests: dict[str, str]) -> dict[str, str]:
    """Devices are asked for and limited alike."""
    return {name: amount for name, amount in requests.items() if "/" in name}
