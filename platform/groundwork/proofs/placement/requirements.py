"""What labels a node must have, as Karpenter reasons about them: sets of values, and whether two of them can both hold.

After pkg/scheduling/requirement.go and requirements.go of sigs.k8s.io/karpenter v1.14.1 (read 2026-11-21), whose words the
problems are told in.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from groundwork.proofs.fields import entries, number, text, texts

__all__ = ["Requirement", "Requirements"]

# Labels that have an older name.
_RENAMED = {
    "failure-domain.beta.kubernetes.io/zone": "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region": "topology.kubernetes.io/region",
    "beta.kubernetes.io/arch": "kubernetes.io/arch",
    "beta.kubernetes.io/os": "kubernetes.io/os",
    "beta.kubernetes.io/instance-type": "node.kubernetes.io/instance-type",
}
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,19}")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Requirement:
    """The values that a label may have: those of `values`, or all but those where it `excludes` them.

    `least` and `most` bound what excludes; `min_values` is how many values must remain to choose from. None and not excluding
    means that the label must not be there.
    """

    key: str
    values: frozenset[str] = frozenset()
    excludes: bool = False
    least: int | None = None
    most: int | None = None
    min_values: int | None = None

    @classmethod
    def of(cls, key: str, operator: str, values: Collection[str] = (), min_values: int | None = None) -> Requirement:
        """One of Kubernetes' expressions (In, NotIn, Exists, DoesNotExist, Gt, Lt) or Karpenter's further ones (Gte, Lte)."""
        key = _RENAMED.get(key, key)
        match operator:
            case "In" | "DoesNotExist":
                return cls(key, frozenset(values if operator == "In" else ()), min_values=min_values)
            case "NotIn":
                return cls(key, frozenset(values), excludes=True, min_values=min_values)
            case "Gt" | "Gte":
                bound = _whole_number(next(iter(values), "")) or 0
                return cls(key, excludes=True, least=bound + (operator == "Gt"), min_values=min_values)
            case "Lt" | "Lte":
                bound = _whole_number(next(iter(values), "")) or 0
                return cls(key, excludes=True, most=bound - (operator == "Lt"), min_values=min_values)
            case _:
                return cls(key, excludes=True, min_values=min_values)

    @property
    def operator(self) -> str:
        """In, NotIn, Exists or DoesNotExist; bounds alone count as Exists."""
        if self.excludes:
            return "NotIn" if self.values else "Exists"
        return "In" if self.values else "DoesNotExist"

    @property
    def lenient(self) -> bool:
        """Whether a node without the label will do."""
        return self.excludes == bool(self.values)

    def allows(self, value: str) -> bool:
        return (value in self.values) != self.excludes and self._within(value)

    def meets(self, other: Requirement) -> bool:
        """Whether some value satisfies both."""
        if self.excludes and other.excludes:
            both = self & other
            return both.excludes
        listed, against = (other, self) if self.excludes else (self, other)
        return any(against.allows(value) and listed.allows(value) for value in listed.values)

    def __and__(self, other: Requirement) -> Requirement:
        if self is other:
            return self
        least = max((one for one in (self.least, other.least) if one is not None), default=None)
        most = min((one for one in (self.most, other.most) if one is not None), default=None)
        flexible = max((one for one in (self.min_values, other.min_values) if one is not None), default=None)
        if least is not None and most is not None and least > most:
            return Requirement(self.key, min_values=flexible)
        bounds = Requirement(self.key, excludes=True, least=least, most=most)
        if self.excludes and other.excludes:
            values = frozenset(one for one in self.values | other.values if bounds.allows(one))
            return replace(bounds, values=values, min_values=flexible)
        if self.excludes:
            values = other.values - self.values
        elif other.excludes:
            values = self.values - other.values
        else:
            values = self.values & other.values
        return Requirement(self.key, frozenset(one for one in values if bounds.allows(one)), min_values=flexible)

    def __str__(self) -> str:
        told = f"{self.key} {self.operator}"
        if self.values:
            shown = sorted(self.values)
            if len(shown) > _SHOWN:
                shown = [*shown[:_SHOWN], f"and {len(shown) - _SHOWN} others"]
            told += f" [{' '.join(shown)}]"
        told += "" if self.least is None else f" >={self.least}"
        told += "" if self.most is None else f" <={self.most}"
        return told + ("" if self.min_values is None else f" minValues {self.min_values}")

    def _within(self, value: str) -> bool:
        if self.least is None and self.most is None:
            return True
        found = _whole_number(value)
        if found is None:
            return False
        return (self.least is None or found >= self.least) and (self.most is None or found <= self.most)


class Requirements(dict[str, Requirement]):
    """Requirements by label, all of which must hold. A label that is not among them may have any value, or none."""

    @classmethod
    def of(cls, requirements: Iterable[Requirement]) -> Requirements:
        return cls().adding(requirements)

    @classmethod
    def of_labels(cls, labels: Mapping[str, Any]) -> Requirements:
        return cls.of(Requirement.of(key, "In", [value]) for key, value in labels.items() if isinstance(value, str))

    @classmethod
    def of_expressions(cls, body: Any, *path: str | int) -> Requirements:
        """The expressions (key, operator, values, minValues) of the list at a path."""
        return cls.of(
            Requirement.of(
                text(one, "key"), text(one, "operator"), [v for _, v in texts(one, "values")], number(one, "minValues")
            )
            for _, one in entries(body, *path)
        )

    def adding(self, requirements: Iterable[Requirement]) -> Requirements:
        """These and the others; where both speak of a label, what satisfies both."""
        both = Requirements(self)
        for one in requirements:
            both[one.key] = one & both[one.key] if one.key in both else one
        return both

    def refusal(self, others: Requirements, known: Collection[str] = ()) -> str:
        """Why a node with these requirements cannot have the others, in Karpenter's words; empty where it can.

        A label that these do not speak of is refused, unless it is among the `known` ones or may be missing.
        """
        for key, one in others.items():
            if key not in known and key not in self and not one.lenient:
                return f'label "{key}" does not have known values{self._hint(key, known)}'
        return "; ".join(f"key {key}, {others[key]} not in {self[key]}" for key in self._clashes(others))

    def flexible(self) -> list[Requirement]:
        """Those that want several values to choose from."""
        return [one for one in self.values() if one.min_values is not None]

    def _clashes(self, others: Requirements) -> Iterator[str]:
        for key in self if len(self) < len(others) else others:
            if key in self and key in others:
                mine, other = self[key], others[key]
                if not mine.meets(other) and not (mine.lenient and other.lenient):
                    yield key

    def _hint(self, key: str, known: Collection[str]) -> str:
        suffix = key.partition("/")[2] or key
        for other in (*sorted(known), *sorted(self)):
            if key in other or other.endswith(suffix):
                return f' (typo of "{other}"?)'
        return ""

    def __str__(self) -> str:
        return ", ".join(sorted(str(one) for one in self.values() if one.key != "kubernetes.io/hostname"))


def _whole_number(value: str) -> int | None:
    return int(value) if _WHOLE_NUMBER.fullmatch(value) else None
