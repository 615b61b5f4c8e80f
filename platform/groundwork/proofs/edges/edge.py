"""An edge: one reference from one object to another, and whether there is something at its end."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from groundwork.findings import Rule
from groundwork.proofs.fields import Pointer
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest

__all__ = ["Edge", "edges", "edges_of", "held", "missing"]


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One reference. `kind` names it in the count ("Service -> pods"); `pointer` is the field that holds it.

    Where the reference leads nowhere, `rule` is what it breaks and `problem` says how. `assumed` marks an edge whose end is
    known only by an assumed fact of the catalogue.
    """

    kind: str
    pointer: Pointer
    rule: Rule | None = None
    problem: str = ""
    fix: str | None = None
    assumed: bool = False


Extractor = Callable[[Manifest, World], Iterator[Edge]]
_EXTRACTORS: dict[tuple[str, str], list[Extractor]] = defaultdict(list)
_EVERY: list[Extractor] = []


def edges_of(kind: str, group: str = "") -> Callable[[Extractor], Extractor]:
    """Register a function that yields the edges of every object of a kind; "*" means of every object."""

    def register(extractor: Extractor) -> Extractor:
        (_EVERY if kind == "*" else _EXTRACTORS[kind, group]).append(extractor)
        return extractor

    return register


def edges(manifest: Manifest, world: World) -> Iterator[Edge]:
    """All edges that start at an object."""
    for extractor in (*_extractors().get((manifest.kind, manifest.group), ()), *_EVERY):
        yield from extractor(manifest, world)


@functools.cache
def _extractors() -> Mapping[tuple[str, str], list[Extractor]]:
    package = importlib.import_module(__package__ or "")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return _EXTRACTORS


def held(kind: str, pointer: Pointer, *, assumed: bool = False) -> Edge:
    """An edge that ends at something."""
    return Edge(kind=kind, pointer=pointer, assumed=assumed)


def missing(kind: str, pointer: Pointer, rule: Rule, problem: str, *, fix: str | None = None) -> Edge:
    """An edge that leads nowhere."""
    return Edge(kind=kind, pointer=pointer, rule=rule, problem=problem, fix=fix)
