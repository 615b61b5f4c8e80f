"""Mutations: objects that somebody could have written by mistake, drawn by a seed from those of the tree."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.tree.manifest import Manifest

__all__ = ["Mutation", "drawn"]

Pointer = tuple[str | int, ...]
# What says which object it is: another one would not be a mistake in this one.
_IDENTITY: set[Pointer] = {("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")}
_NOTHING = object()


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """One object with one field changed; `how` says in which way."""

    how: str
    pointer: Pointer
    manifest: Manifest

    def __str__(self) -> str:
        where = ".".join(map(str, self.pointer))
        return f"{self.manifest.kind}.{self.manifest.group} {self.manifest.name}: {where} {self.how}"


def _other_type(value: Any) -> Any:
    if isinstance(value, str):
        return 7
    if isinstance(value, dict):
        return ["a"]
    return {"a": "b"} if isinstance(value, list) else "text"


def _twice(value: Any) -> Any:
    return [*value, copy.deepcopy(value[0])] if isinstance(value, list) and value else _NOTHING


_WAYS: dict[str, Callable[[Any], Any]] = {
    "empty": lambda value: type(value)() if isinstance(value, (str, dict, list, int)) else _NOTHING,
    "far too long": lambda value: "a" * 300 if isinstance(value, str) else _NOTHING,
    "misspelt": lambda value: "Bad_Name!" if isinstance(value, str) else _NOTHING,
    "negative": lambda value: -value - 1 if type(value) is int else _NOTHING,
    "null": lambda _: None,
    "of another type": _other_type,
    "taken away": lambda _: _NOTHING,
    "twice": _twice,
    "with an unknown field": lambda value: {**value, "bogusField": "x"} if isinstance(value, dict) else _NOTHING,
}


def drawn(manifests: Sequence[Manifest], count: int, seed: int) -> Iterator[Mutation]:
    """So many of them, each kind of object as likely as any other."""
    chance = random.Random(seed)
    of_kind: dict[str, list[Manifest]] = defaultdict(list)
    for one in manifests:
        of_kind[f"{one.kind}.{one.group}"].append(one)
    kinds = sorted(of_kind)
    while count:
        mutation = _mutated(chance.choice(of_kind[chance.choice(kinds)]), chance)
        if mutation is not None:
            count -= 1
            yield mutation


def _mutated(one: Manifest, chance: random.Random) -> Mutation | None:
    body = copy.deepcopy(one.body)
    # Under a name of its own it is created; a change of the object itself might be refused for being a change.
    body["metadata"]["name"] = f"{one.name[:40]}-x"
    places = [*_places(body)]
    if not places:
        return None
    pointer = chance.choice(places)
    how = chance.choice([*_WAYS])
    parent: Any = body
    for step in pointer[:-1]:
        parent = parent[step]
    changed = _WAYS[how](parent[pointer[-1]])
    if how == "taken away":
        del parent[pointer[-1]]
    elif changed is _NOTHING or changed == parent[pointer[-1]]:
        return None
    else:
        parent[pointer[-1]] = changed
    mutant = Manifest(cluster=one.cluster, component=one.component, path=one.path, body=body)
    return Mutation(how=how, pointer=pointer, manifest=mutant)


def _places(node: Any, way: Pointer = ()) -> Iterator[Pointer]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        if (*way, key) not in _IDENTITY:
            yield (*way, key)
        yield from _places(item, (*way, key))
