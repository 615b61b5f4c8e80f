"""Fixtures: what is followed from one object in a small cluster, written down as YAML."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pytest

from groundwork.proofs.edges.edge import Edge, edges
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree
from groundwork.tree.yaml import parse


@dataclass
class Followed:
    """The edges of one object: how many are held, by kind, and what is wrong with the others, by the rule's last part."""

    edges: list[Edge]
    held: Counter[str] = field(default_factory=Counter)
    problems: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for edge in self.edges:
            if edge.rule is None:
                self.held[edge.kind] += 1
            else:
                self.problems[edge.rule.id.partition("/")[2]].append(edge.problem)


@pytest.fixture
def follow() -> Callable[[str], Followed]:
    """Follow the first object of a YAML stream in a cluster that holds all of them.

    They stand in bootstrap/, so that nobody asks which Application brings them.
    """

    def of(text: str) -> Followed:
        manifests = [
            Manifest("test", "bootstrap", PurePosixPath(f"generated/test/bootstrap/{index}.yaml"), body)
            for index, body in enumerate(parse(text))
        ]
        return Followed(list(edges(manifests[0], World(Tree(Path("generated"), manifests), "test"))))

    return of
