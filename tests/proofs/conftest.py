"""Fixtures: the reference fleet's tree, and the same with one object changed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from groundwork.findings import Finding
from groundwork.proofs import references
from groundwork.proofs.intent import Intent, read_intent
from groundwork.proofs.world import World, worlds
from groundwork.tree.manifest import Identity, Manifest, path_of
from groundwork.tree.reader import Tree, read_tree

ROOT = Path(__file__).resolve().parents[2]

Edit = Callable[[dict[str, Any]], object]
Broken = Callable[..., list[Finding]]


@pytest.fixture(scope="session")
def tree() -> Tree:
    """The committed tree."""
    return read_tree(ROOT / "generated")


@pytest.fixture(scope="session")
def intent() -> Intent:
    """What the committed declarations add."""
    return read_intent(ROOT)


@pytest.fixture(scope="session")
def broken(tree: Tree, intent: Intent) -> Broken:
    """What the references proof finds in a cluster after one object was edited; `edit=None` takes the object away.

    Unless a cluster is named, it is the last one that has the object.
    """

    def find(
        kind: str, name: str, edit: Edit | None, *, cluster: str | None = None, namespace: str | None = None
    ) -> list[Finding]:
        cluster = cluster or max(one.cluster for one in tree if (one.kind, one.name) == (kind, name))
        manifests: list[Manifest] = []
        changed = 0
        for one in tree:
            if one.cluster != cluster:
                continue
            hit = (one.kind, one.name) == (kind, name) and namespace in (None, one.namespace)
            if not hit:
                manifests.append(one)
            elif edit is not None:
                body = copy.deepcopy(one.body)
                edit(body)
                manifests.append(Manifest(one.cluster, one.component, one.path, body))
                changed += body != one.body
            changed += hit and edit is None
        assert changed, "the edit changed nothing"
        return references.check(worlds(Tree(tree.root, manifests), intent)).findings

    return find


@pytest.fixture
def world_of() -> Callable[..., World]:
    """A cluster of nothing but these objects."""

    def made(*bodies: dict[str, Any], component: str = "test", intent: Intent | None = None) -> World:
        manifests = [
            Manifest("here", component, PurePosixPath("generated/here") / path_of(Identity.of(body), component), body)
            for body in bodies
        ]
        return World(Tree(ROOT / "generated", manifests), "here", intent)

    return made
