"""A budget: one limit that somebody set, and who may come to ask for how much of it at once."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from groundwork.catalog.quantities import cpu_text, memory_text
from groundwork.findings import Finding, Rule
from groundwork.proofs.fields import Pointer
from groundwork.tree.manifest import Manifest

__all__ = ["Budget", "Share", "amount_text", "exceeded"]

_BYTES = ("memory", "storage")
# A counter-example that names everybody is read by nobody.
_TOLD = 3


@dataclass(frozen=True, kw_only=True)
class Share:
    """What `who` may ask for at once: `count` times `each` (thousandths of the resource's unit).

    `promised` is what a queue may come to admit; the rest is what the tree itself runs.
    """

    who: str
    each: int
    count: int = 1
    promised: bool = False

    @property
    def amount(self) -> int:
        return self.each * self.count


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A limit and its askers. Amounts are thousandths of the resource's unit: cores, bytes, devices, objects.

    `title` says whose limit it is, `source` and `at` where it stands; `shares` are sorted, the largest first.
    """

    title: str
    resource: str
    limit: int
    shares: tuple[Share, ...]
    source: Manifest
    at: Pointer

    @classmethod
    def of(
        cls, title: str, resource: str, shares: Iterable[Share], *, limit: int, source: Manifest, at: Pointer
    ) -> Budget:
        """With the shares in order; who asks for nothing is left out."""
        asking = sorted((one for one in shares if one.amount), key=lambda one: (-one.amount, one.who))
        return cls(title=title, resource=resource, limit=limit, shares=tuple(asking), source=source, at=at)

    @functools.cached_property
    def peak(self) -> int:
        return sum(one.amount for one in self.shares)

    @functools.cached_property
    def running(self) -> int:
        """The peak of what the tree itself runs: all but what queues may admit."""
        return sum(one.amount for one in self.shares if not one.promised)

    @property
    def over(self) -> int:
        """How much more than the limit is asked for, or nothing."""
        return max(0, self.peak - self.limit)

    def text(self, amount: int) -> str:
        """An amount of this resource as Kubernetes writes it."""
        return amount_text(self.resource, amount)

    def askers(self) -> str:
        """Who asks for how much, the largest first."""
        told = "; ".join(self._told(one) for one in self.shares[:_TOLD])
        rest = self.shares[_TOLD:]
        return f"{told}; {len(rest)} more {self.text(sum(one.amount for one in rest))}" if rest else told

    def _told(self, share: Share) -> str:
        times = f"{share.count} x {self.text(share.each)} = " if share.count != 1 else ""
        return f"{share.who} {times}{self.text(share.amount)}"


def exceeded(rule: Rule, one: Budget, fix: str) -> Finding:
    """The finding that a budget does not hold its peak."""
    problem = (
        f"{one.title} allows {one.text(one.limit)} {one.resource}; at the peak {one.text(one.peak)} are asked for, "
        f"{one.text(one.over)} too much"
    )
    return one.source.breaks(rule, problem, one.at, fix=fix, counterexample=one.askers())


def amount_text(resource: str, amount: int) -> str:
    """Thousandths of a resource as Kubernetes writes them: "1500m" of cpu, "64Gi" of memory, "8" of devices or objects."""
    exact = Fraction(amount, 1000)
    if any(resource.endswith(unit) for unit in _BYTES):
        return memory_text(exact)
    return cpu_text(exact)
