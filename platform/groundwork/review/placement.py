"""Placement for people: which pod goes to which pool, on which machine, for how much an hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

from groundwork.fleet.source import printable
from groundwork.proofs.placement.claims import Miss, amount_text
from groundwork.proofs.placement.fleet import Fleet, Verdict
from groundwork.proofs.placement.homes import Home, escorted, fleet, homes, pod_of
from groundwork.proofs.placement.pools import Pool
from groundwork.proofs.pods import PodSet
from groundwork.proofs.resources import Amounts
from groundwork.proofs.world import World, worlds
from groundwork.review.columns import aligned
from groundwork.tree.reader import read_tree

__all__ = ["LEGEND", "placed", "reasons", "settled", "table"]

LEGEND = (
    "A pod's machine is the cheapest type that has room for it and for the DaemonSets that run there. $/h are on demand in\n"
    "us-east-1, whatever the region: spot and reservations cost less. * what the pod asks for is assumed, nobody has verified it."
)
# What devices are called in a narrow column.
_DEVICES = {
    "nvidia.com/gpu": "gpu",
    "aws.amazon.com/neuron": "neuron",
    "aws.amazon.com/neuroncore": "core",
    "vpc.amazonaws.com/efa": "efa",
}
_PLAIN = ("cpu", "memory", "ephemeral-storage", "pods")


def placed(folder: Path, clusters: Sequence[str] | None = None) -> list[World]:
    """The clusters of a tree whose region and nodes are known."""
    return [world for world in worlds(read_tree(folder, clusters)) if fleet(world) is not None]


def settled(found: Iterable[World]) -> bool:
    """Whether every pod has a pool."""
    return not any(home.why_not for world in found for home in homes(world))


def table(world: World, pool: str | None = None) -> Iterator[str]:
    """The lines of one cluster: a line per pod set, then one per pool; only what can run on one pool where it is named.

    Raises:
        LookupError: the cluster has no pool of that name.
    """
    there = fleet(world)
    if there is None:
        return
    known = [one.name for one in there.pools]
    if pool is not None and pool not in known:
        raise LookupError(f"{world.cluster} has no pool '{pool}'; there are {', '.join(sorted(known)) or 'none'}")
    shown = [home for home in homes(world) if pool is None or pool in home.pools]
    yield from aligned(
        [(world.cluster, "pods", "asks for", "pool", "machine", "", "$/h"), *map(_row, shown)], "llllllr"
    )
    yield ""
    yield from aligned(_pools(world, there, pool), "lllrrrr")


def reasons(found: Sequence[World], name: str) -> Iterator[str]:
    """What every pool says to the pods of that name, by preference; to those with that in their name where none has it.

    Raises:
        LookupError: there is no such pod.
    """
    known = [(world, home) for world in found for home in homes(world)]
    called = [one for one in known if one[1].pods.name == name] or [one for one in known if name in str(one[1].pods)]
    if not called:
        raise LookupError(f"no pod is called '{name}', or has that in its name; `groundwork placement` lists them all")
    for world, home in called:
        yield f"{world.cluster}: {home.pods}, {_asked(home.pods)}"
        there = fleet(world)
        for pool in there.pools if there else ():
            verdict = Fleet((pool,), there.namespaces if there else {}).settle(escorted(home.pods, world))[-1]
            yield f"  {pool.name}: {_said(verdict, home.why_not)}"


def _said(verdict: Verdict, why_not: Sequence[Miss]) -> str:
    if verdict.pool is None:
        return printable("; ".join(miss.problem for miss in verdict.misses))
    if why_not and not why_not[0].pool:
        return why_not[0].problem
    cheapest = verdict.machines[0]
    others = f" and {len(verdict.machines) - 1} more types" if len(verdict.machines) > 1 else ""
    return f"takes it on {cheapest.name}, {_dollars(verdict.pool.overlaid.price(cheapest))} $/h{others}"


def _row(home: Home) -> tuple[str, ...]:
    who = f"{home.pods}{'*' if home.pods.assumed else ''}"
    if home.machine is None or home.offering is None:
        nearest = home.why_not[0]
        return (
            who,
            _count(home.pods),
            _asked(home.pods),
            "-",
            f"no place, nearest {nearest.pool}: {nearest.reason}",
            "",
            "",
        )
    paid = "" if home.offering.capacity_type == "on-demand" else home.offering.capacity_type
    price = home.offering.usd_per_hour
    return who, _count(home.pods), _asked(home.pods), home.pool, home.machine.name, paid, _dollars(price)


def _pools(world: World, there: Fleet, only: str | None) -> list[tuple[str, ...]]:
    """What stands on each machine of a pool before any pod, and what Karpenter would buy for the fewest and the most pods."""
    fewest, most = _bought(world, there, "least"), _bought(world, there, "most")
    shown = [pool for pool in there.pools if only in (None, pool.name)]
    heading = ("pool", "DaemonSets of one machine", "limits", "machines", "$/h", "at most", "$/h")
    rows: list[tuple[str, ...]] = [heading]
    rows += [(one.name, _overhead(one), _limits(one), *fewest[one.name].row, *most[one.name].row) for one in shown]
    return rows if only else [*rows, ("total", "", "", *_total(fewest).row, *_total(most).row)]


@dataclass
class _Bought:
    """Machines, and what they cost an hour."""

    machines: int = 0
    price: Decimal = Decimal(0)

    @property
    def row(self) -> tuple[str, str]:
        return str(self.machines), _dollars(self.price)


def _total(bought: Mapping[str, _Bought]) -> _Bought:
    return _Bought(
        sum(one.machines for one in bought.values()), sum((one.price for one in bought.values()), Decimal(0))
    )


def _bought(world: World, there: Fleet, which: Literal["least", "most"]) -> defaultdict[str, _Bought]:
    """The machines of each pool that hold all pods: each is the cheapest that holds what is on it."""
    batch = [
        pod_of(home.pods, world)
        for home in homes(world)
        if not home.why_not
        for _ in range(home.pods.scale.least if which == "least" else home.pods.scale.most)
    ]
    nodes = {verdict.node: verdict for verdict in there.settle(batch, limited=False)}
    found: defaultdict[str, _Bought] = defaultdict(_Bought)
    for verdict in nodes.values():
        if verdict.pool is not None:
            price = verdict.pool.overlaid.price(verdict.machines[0])
            found[verdict.pool.name].machines += 1
            found[verdict.pool.name].price += price if price.is_finite() else Decimal(0)
    return found


def _overhead(pool: Pool) -> str:
    """Of the group of types that has most DaemonSets."""
    largest = max(pool.overheads, key=lambda one: len(one.daemons), default=None)
    if largest is None or not largest.daemons:
        return "none"
    return f"{len(largest.daemons)}: {_amounts(largest.requests)}"


def _limits(pool: Pool) -> str:
    return ", ".join(f"{amount_text(name, amount)} {_DEVICES.get(name, name)}" for name, amount in pool.limits.items())


def _count(one: PodSet) -> str:
    least, most = one.scale.least, one.scale.most
    return str(least) if least == most else f"{least}-{most}"


def _asked(one: PodSet) -> str:
    return _amounts(one.requests) or "nothing"


def _amounts(amounts: Amounts) -> str:
    shown = [f"{amount_text(name, amounts[name])} {name}" for name in ("cpu", "memory") if amounts.get(name)]
    devices = [
        f"{amount_text(name, n)} {_DEVICES.get(name, name)}" for name, n in amounts.items() if name not in _PLAIN
    ]
    return ", ".join([*shown, *devices])


def _dollars(price: Decimal | None) -> str:
    return "?" if price is None or not price.is_finite() else f"{price:.3f}"
