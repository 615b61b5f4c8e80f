"""Budgets for people: what each model server does with the memory of a device, side by side per cluster."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from groundwork.findings import Severity
from groundwork.fleet.source import printable
from groundwork.proofs.fit.account import Account
from groundwork.proofs.fit.check import accounts
from groundwork.proofs.fit.host import Need
from groundwork.proofs.intent import read_intent
from groundwork.proofs.world import worlds
from groundwork.review.columns import aligned
from groundwork.tree.reader import read_tree

__all__ = ["LEGEND", "accounted", "budgets", "fits"]

LEGEND = 'In GiB: of one device, or of the container that computes on cores; "5.8 of 12.0" is what is needed of what is there.'

_GI = 1024**3
# As many servers as stand beside each other in a terminal.
_ABREAST = 5
_WIDTH = 100
# What `Account.sizes` calls each line.
_LINES = (
    ("memory of one", "memory"),
    ("  the engine takes", "usable"),
    ("  weights", "weights"),
    ("  adapters", "adapters"),
    ("  activations", "activations"),
    ("  libraries", "libraries"),
    ("  CUDA graphs", "CUDA graphs"),
    ("  programs (assumed)", "programs"),
    ("  KV cache", "KV cache"),
    ("    for what is declared", "declared"),
)


def accounted(
    folder: Path, *, intent: Path | None, clusters: Sequence[str] | None = None, model: str | None = None
) -> dict[str, list[Account]]:
    """The accounts of a tree by cluster; only those of one model where it is named.

    Raises:
        LookupError: no server serves a model of that name.
    """
    tree = read_tree(folder, clusters)
    found = {world.cluster: accounts(world) for world in worlds(tree, read_intent(intent) if intent else None)}
    if model is None:
        return found
    known = sorted({one.server.name for of_cluster in found.values() for one in of_cluster})
    if model not in known:
        message = f"no server of {folder.name}/ serves '{model}'; there are {', '.join(known) or 'none'}"
        raise LookupError(message)
    return {cluster: [one for one in of_cluster if one.server.name == model] for cluster, of_cluster in found.items()}


def fits(found: Iterable[Iterable[Account]]) -> bool:
    """Whether nothing of it is refused."""
    return not any(finding.severity is Severity.ERROR for one in found for account in one for finding in account.alone)


def budgets(cluster: str, found: Sequence[Account]) -> Iterator[str]:
    """The lines of one cluster: a column per server, then what is wrong with them. Pods of one group are told once."""
    leading = [one for one in found if one.server.leads]
    tables = math.ceil(len(leading) / _ABREAST)
    for number in range(tables):
        yield from _table(cluster, leading[number * len(leading) // tables : (number + 1) * len(leading) // tables])
        yield ""
    for account in found:
        for finding in account.alone:
            told = f"{finding.severity}[{finding.rule}]: {finding.problem}. {finding.fix}"
            yield from textwrap.wrap(printable(told), _WIDTH, subsequent_indent="  ")
        if account.undecided and not account.findings:
            yield from textwrap.wrap(f"{account.server.name}: {account.undecided}", _WIDTH, subsequent_indent="  ")


def _table(cluster: str, found: Sequence[Account]) -> Iterator[str]:
    rows = [
        [cluster, *(printable(one.server.name) for one in found)],
        ["runs on", *(one.runs_on for one in found)],
        *(
            [label, *(_size(one, key) for one in found)]
            for label, key in _LINES
            if any(key in one.sizes for one in found)
        ),
        ["    left", *(_left(one) for one in found)],
        ["context, tokens", *(_number(one.context) for one in found)],
        ["  at once, declared", *(_number(one.wanted) for one in found)],
        ["  at once, possible", *(_possible(one) for one in found)],
        ["  longest, of as many", *(_number(one.longest) for one in found)],
        ["host memory", *(_need(one.memory) for one in found)],
        ["shared memory", *(_need(one.shared) for one in found)],
        ["disk for weights", *(_need(one.disk) for one in found)],
    ]
    yield from aligned(rows, "l" + "r" * len(found))


def _size(one: Account, key: str) -> str:
    return f"{one.sizes[key] / _GI:.2f}" if key in one.sizes else ""


def _left(one: Account) -> str:
    sizes = one.sizes
    return f"{(sizes['KV cache'] - sizes['declared']) / _GI:.2f}" if {"KV cache", "declared"} <= sizes.keys() else ""


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _possible(one: Account) -> str:
    return "" if one.requests is None else f"{one.requests:.1f}"


def _need(need: Need | None) -> str:
    """What is there, and what is needed of it."""
    if need is None:
        return ""
    return f"{need.needed / _GI:.1f} of {'any' if need.has is None else f'{need.has / _GI:.1f}'}"
