"""Hostile values: whatever stands in a field of a real cluster, every proof comes back with findings, not an exception."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundwork.findings import Finding
from groundwork.proofs import pins, policies, references, schema
from groundwork.proofs.world import worlds
from groundwork.review.check import PROOFS, kubernetes_versions
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree, read_tree

ROOT = Path(__file__).resolve().parents[1]
CLUSTER = "prod-us-east-2"

# Of every type and for every reader: templates, addresses, names of AWS, images, queries, configuration files.
SCALARS = [
    *(None, True, 0, -1, 2**63, 1.5, 1e300, "", "x", "\n", "\u00e9\u2028", "9" * 400, "a" * 5000, "1e999999999"),
    *(
        "{{",
        "{{ .a",
        "$(",
        "$(A)",
        "http://[",
        "http://a:99999999/",
        "s3://",
        "arn:",
        "arn:aws:iam::",
        "@sha256:",
        "::",
    ),
    *("/", "..", "*", "10.0.0.0/99", "0.0.0.0/0", "sum(", "{", "[1", "a: [", "- a\n- b", "-----", "a:b:c", "true"),
]
NESTED: list[Any] = [[], {}, [None], [{}], [["a"]], {"a": []}, {"": ""}, {"name": 3}, {"matchLabels": []}, {"port": {}}]
# What gives an object its path: the reader has refused other values before a proof sees them.
IDENTITY = {("apiVersion",), ("kind",), ("metadata",)} | {
    ("metadata", key) for key in ("name", "namespace", "labels", "annotations")
}


def places(node: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a body that may hold anything."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        if (*way, key) not in IDENTITY:
            yield (*way, key)
        yield from places(item, (*way, key))


def changed(one: Manifest, place: tuple[Any, ...], value: Any) -> Manifest:
    """The object with something else at one place."""
    body = copy.deepcopy(one.body)
    node = body
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    return Manifest(cluster=one.cluster, component=one.component, path=one.path, body=body)


@pytest.fixture(scope="module")
def sound() -> list[Manifest]:
    """The objects of a real cluster."""
    return read_tree(ROOT / "generated", [CLUSTER]).manifests


def spoiled(sound: list[Manifest], seed: int) -> Tree:
    """The cluster with every odd value in a field of some object, drawn by a seed."""
    chance, manifests = random.Random(seed), [*sound]
    candidates = [index for index, one in enumerate(sound) if any(places(one.body))]
    for value in [*SCALARS, *NESTED]:
        index = chance.choice(candidates)
        manifests[index] = changed(sound[index], chance.choice([*places(sound[index].body)]), value)
    return Tree(ROOT / "generated", manifests)


@pytest.mark.parametrize("seed", range(12))
def test_any_value_in_any_field_is_judged_by_the_proofs(sound: list[Manifest], seed: int) -> None:
    """Half a hundred fields at a time, and the impossible ones are found."""
    tree = spoiled(sound, seed)
    clusters = worlds(tree)

    findings = [
        *schema.check(tree, kubernetes_versions(tree)),
        *references.check(clusters).findings,
        *(finding for proof in PROOFS.values() for finding in proof(clusters)),
        *pins.check(tree),
    ]

    assert len(findings) > 10
    assert all(isinstance(one, Finding) for one in findings)


@pytest.mark.parametrize("seed", range(3))
def test_any_value_in_any_field_is_judged_by_the_policies(sound: list[Manifest], seed: int) -> None:
    """A policy that fails on an odd value would take all others with it."""
    assert policies.check(spoiled(sound, seed), ROOT / "policies")
