"""YAML as this project reads and writes it: libyaml, deterministic bytes, and positions on demand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

from groundwork.emit import as_yaml

__all__ = ["DuplicateKeyError", "NestingError", "dump", "line_of", "parse"]

dump = as_yaml

_DEEPEST = 100
# Cheap signs that a text could nest deeper than that; without one, nobody counts.
_MAYBE_DEEP = re.compile(r"^[ \t]{200}|(?:[-?:] ){50}|(?:[\[{][^\[{]*?){200}|&\S", re.MULTILINE)


class NestingError(yaml.MarkedYAMLError):
    """A document nests deeper than any manifest does, or holds itself: what walks it would never come back."""


class DuplicateKeyError(yaml.MarkedYAMLError):
    """A mapping says one key twice; YAML readers silently keep the last."""


class _Loader(yaml.CSafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as its base
        mapping = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            self._refuse_duplicates(node)
        return mapping

    def _refuse_duplicates(self, node: yaml.MappingNode) -> None:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise DuplicateKeyError(problem=f"the key '{key.value}' stands twice", problem_mark=key.start_mark)
            seen.add(key.value)


# A bare "=" has a type of its own in YAML 1.1 which no loader can construct; CRDs contain it as a plain string.
_Loader.yaml_implicit_resolvers = {
    first: resolvers for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items() if first != "="
}


def parse(text: str | bytes) -> list[Any]:
    """Parse every document of a file.

    Raises:
        yaml.YAMLError: broken YAML, a key that stands twice (`DuplicateKeyError`), a bomb (`NestingError`).
        UnicodeDecodeError: bytes that are not UTF-8.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    if _MAYBE_DEEP.search(text):
        _refuse_bombs(text)
    return list(yaml.load_all(text, Loader=_Loader))


def _refuse_bombs(text: str) -> None:
    """Go through the events, which libyaml gives one by one; composing a bomb would end the process."""
    opened: list[str | None] = []
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        mark: Any = event.start_mark  # libyaml's own class of marks, which the stubs tell apart from PyYAML's
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append(event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            opened.pop()
        elif isinstance(event, yaml.AliasEvent) and event.anchor in opened:
            raise NestingError(problem=f"'{event.anchor}' holds itself", problem_mark=mark)
        if len(opened) > _DEEPEST:
            raise NestingError(problem=f"nested more than {_DEEPEST} levels deep", problem_mark=mark)


def line_of(text: str, pointer: Iterable[str | int]) -> tuple[int, int]:
    """Line and column, both from 1, of the node that `pointer` names in the first document.

    Where the path ends early (the key is missing), the deepest node that exists is meant.
    """
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    mark = node.start_mark if node is not None else None
    for step in pointer:
        found = _step(node, step)
        if found is None:
            break
        mark, node = found
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _step(node: yaml.Node | None, step: str | int) -> tuple[yaml.Mark, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        return node.value[step].start_mark, node.value[step]
    return None
