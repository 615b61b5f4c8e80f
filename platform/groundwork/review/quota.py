"""Quotas for people: what every limit allows, what the peak asks of it, and who asks for most."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from groundwork.fleet.source import printable
from groundwork.proofs import quota
from groundwork.proofs.intent import read_intent
from groundwork.proofs.quota import ec2
from groundwork.proofs.quota.budget import Budget
from groundwork.proofs.world import World, worlds
from groundwork.review.columns import aligned
from groundwork.tree.reader import read_tree

__all__ = ["LEGEND", "kept", "table", "weighed"]

LEGEND = (
    "At the peak every autoscaler is at its most, every Deployment in a rollout, every Job runs, and queues have admitted what they\n"
    "may. Machines are those that Karpenter buys for all pods at once. Clusters of one account and region share EC2's quotas."
)
_HEADING = ("resource", "limit", "peak", "", "largest askers")
_SIDES = "llrrrl"
_TOLD = 3
_GI = 1024**3 * 1000


def weighed(folder: Path, root: Path | None) -> list[World]:
    """The clusters of a tree, with what a repository's declarations say of them."""
    return worlds(read_tree(folder), read_intent(root) if root else None)


def table(found: Sequence[World], clusters: Sequence[str] | None = None) -> Iterator[str]:
    """The lines: a block per cluster (only the named ones), then the quotas of their accounts."""
    for world in found:
        if clusters is None or world.cluster in clusters:
            yield from _block(world.cluster, quota.budgets(world))
            yield ""
    yield from _block("EC2", ec2.budgets(found, clusters))


def kept(found: Sequence[World]) -> bool:
    """Whether the peak stays within every limit."""
    within = (line for world in found for line in quota.budgets(world))
    return not any(one.over for one in (*ec2.budgets(found), *within))


def _block(title: str, budgets: Sequence[Budget]) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [(title, *_HEADING)]
    for whose, lines in itertools.groupby(budgets, key=lambda one: one.title):
        rows += [(printable("" if at else whose), *_row(one)) for at, one in enumerate(lines)]
    yield from aligned(rows, _SIDES)


def _row(one: Budget) -> tuple[str, ...]:
    share = f"{math.ceil(one.peak * 100 / one.limit)} %" if one.limit else "over" if one.peak else ""
    askers = [f"{share.who} {_shown(one, share.amount)}" for share in one.shares[:_TOLD]]
    more = [f"{len(one.shares) - _TOLD} more"] if len(one.shares) > _TOLD else []
    return one.resource, _shown(one, one.limit), _shown(one, one.peak), share, printable("; ".join([*askers, *more]))


def _shown(one: Budget, amount: int) -> str:
    """An amount to look at: bytes in Gi, anything else as a number, with a decimal where it is not whole."""
    if one.resource.endswith(("memory", "storage")):
        return f"{_number(amount / _GI)}Gi"
    return _number(amount / 1000)


def _number(amount: float) -> str:
    return f"{amount:,.1f}".removesuffix(".0")
