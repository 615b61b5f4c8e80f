"""What cases are drawn with: chances, and requirements that an instance type meets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.catalog.instances import InstanceType
from tests.cluster.instance_types import SELF_MANAGED, Offer, labels_of

__all__ = [
    "ARCH",
    "CAPACITY_TYPE",
    "HOST",
    "TEAMS",
    "TYPE",
    "ZONE",
    "Draw",
    "Expression",
    "limits_of",
    "of_pod",
    "one_each",
    "one_of",
    "own",
    "sound",
]

ARCH = "kubernetes.io/arch"
CAPACITY_TYPE = "karpenter.sh/capacity-type"
HOST = "kubernetes.io/hostname"
TYPE = "node.kubernetes.io/instance-type"
ZONE = "topology.kubernetes.io/zone"
TEAMS = ("a", "b", "c")
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


@dataclass(frozen=True)
class Draw:
    """A chance, what is on offer, and the type of machine that a case is drawn around."""

    chance: random.Random
    offer: Offer
    shelf: Sequence[InstanceType]
    target: InstanceType
    number: int

    def likely(self, share: float) -> bool:
        return self.chance.random() < share

    def few(self) -> int:
        return self.chance.choices((1, 2, 3), (5, 3, 2))[0]

    def some(self, items: Sequence[str], most: int = 3) -> list[str]:
        """At least one of them."""
        return sorted(self.chance.sample(items, min(len(items), self.chance.randint(1, most))))

    def of_type(self, target: InstanceType) -> Expression:
        """A requirement that the type meets."""
        labels = dict(labels_of(target))
        name = self.chance.choice((*_WORDS, *_NUMBERS))
        values = labels.get(name)
        if not values:
            return {"key": own(name), "operator": "DoesNotExist"}
        if name in _NUMBERS and self.likely(0.7):
            return self._bound(name, int(values[0]))
        match self.chance.choice(("In", "In", "NotIn", "Exists")):
            case "In":
                return one_of(own(name), *values, *self._others(name, values))
            case "NotIn":
                return {"key": own(name), "operator": "NotIn", "values": self._others(name, values) or ["none"]}
            case _:
                return {"key": own(name), "operator": "Exists"}

    def _bound(self, name: str, value: int) -> Expression:
        operator = self.chance.choice(("Gt", "Lt", "Gte", "Lte"))
        slack = self.chance.choice((1, 2, value))
        bound = {"Gt": max(value - slack, 0), "Lt": value + slack, "Gte": value, "Lte": value}[operator]
        if operator == "Gt" and bound >= value:
            operator = "Gte"
        return {"key": own(name), "operator": operator, "values": [str(bound)]}

    def _others(self, name: str, values: Sequence[str]) -> list[str]:
        """Values that other types have."""
        sample = [dict(labels_of(one)).get(name, [""])[0] for one in self.chance.sample(self.shelf, 3)]
        return sorted({one for one in sample if one} - set(values))

    def taint(self) -> dict[str, Any]:
        key, value = self.chance.choice(
            (("nvidia.com/gpu", "true"), ("team", self.chance.choice(TEAMS)), ("quiet", ""))
        )
        effect = self.chance.choices(("NoSchedule", "NoExecute", "PreferNoSchedule"), (6, 2, 2))[0]
        return {"key": key, "effect": effect, **({"value": value} if value else {})}


def own(name: str) -> str:
    """A label of the machine itself, as self-managed Karpenter calls it."""
    return f"{SELF_MANAGED}/instance-{name}"


def one_of(key: str, *values: str) -> Expression:
    """The label has one of these values."""
    return {"key": key, "operator": "In", "values": list(values)}


def one_each(expressions: list[Expression]) -> list[Expression]:
    """The first of each key: two that contradict each other are the author's mistake, and the API server's to refuse."""
    return [sound(one) for one in {one["key"]: one for one in reversed(expressions)}.values()]


def sound(one: Expression) -> Expression:
    """Without values where the operator takes none."""
    return (
        one if one["operator"] not in ("Exists", "DoesNotExist") else {key: one[key] for key in one if key != "values"}
    )


def of_pod(one: Expression) -> Expression:
    """In the words of a pod, which knows of fewer operators than a pool."""
    match one["operator"]:
        case "Gte":
            return {**one, "operator": "Gt", "values": [str(int(one["values"][0]) - 1)]}
        case "Lte":
            return {**one, "operator": "Lt", "values": [str(int(one["values"][0]) + 1)]}
        case _:
            return sound(one)


def limits_of(requests: dict[str, str]) -> dict[str, str]:
    """Devices are asked for and limited alike."""
    return {name: amount for name, amount in requests.items() if "/" in name}
