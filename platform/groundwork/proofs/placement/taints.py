"""Taints of nodes and the tolerations that get a pod past them, by Kubernetes' rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.proofs.fields import entries, text

__all__ = ["Taint", "Toleration", "taints", "tolerations", "untolerated"]


@dataclass(frozen=True, slots=True)
class Taint:
    """What keeps pods off a node."""

    key: str
    value: str
    effect: str

    def like(self, other: Taint) -> bool:
        """Whether a node can have only one of the two."""
        return (self.key, self.effect) == (other.key, other.effect)

    def __str__(self) -> str:
        value = f"={self.value}" if self.value else ""
        return f"{self.key}{value}:{self.effect}"


@dataclass(frozen=True, slots=True)
class Toleration:
    """Which taints a pod does not mind: an empty key or effect means every one."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""

    def covers(self, taint: Taint) -> bool:
        if (self.effect and self.effect != taint.effect) or (self.key and self.key != taint.key):
            return False
        match self.operator:
            case "Exists":
                return True
            case "Gt" | "Lt":
                return self._compares(taint.value)
            case _:
                return self.value == taint.value

    def _compares(self, value: str) -> bool:
        try:
            return int(value) > int(self.value) if self.operator == "Gt" else int(value) < int(self.value)
        except ValueError:
            return False


def taints(body: Any, *path: str | int) -> tuple[Taint, ...]:
    """The taints of the list at a path."""
    found = (one for _, one in entries(body, *path))
    return tuple(Taint(text(one, "key"), text(one, "value"), text(one, "effect")) for one in found)


def tolerations(spec: Mapping[str, Any]) -> tuple[Toleration, ...]:
    """The tolerations of a pod spec."""
    return tuple(
        Toleration(text(one, "key"), text(one, "operator") or "Equal", text(one, "value"), text(one, "effect"))
        for _, one in entries(spec, "tolerations")
    )


def untolerated(found: Iterable[Taint], by: Sequence[Toleration]) -> list[Taint]:
    """The taints that nothing among the tolerations covers."""
    return [taint for taint in found if not any(one.covers(taint) for one in by)]
