"""Places: the line and column of what a pointer names, also inside a configuration file that stands in a string.

A pointer is a path of keys and indexes. Steps that go on after a string are looked up in that string, read as YAML (JSON is
YAML): ("data", "config.yaml", "model_list", 0) is the first model of LiteLLM's configuration in a ConfigMap.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence

import yaml

from groundwork.tree.yaml import parse

__all__ = ["Places", "line_of"]


def line_of(text: str, pointer: Sequence[str | int]) -> tuple[int, int]:
    """Line and column, both from 1, of the key or item that `pointer` names. For several pointers, keep a `Places`.

    Raises:
        yaml.YAMLError: the text is no YAML, or what no manifest may be.
    """
    return Places(text).of(pointer)


class Places:
    """The places of one file's first document.

    Raises:
        yaml.YAMLError: the text is no YAML, or what no manifest may be.
    """

    def __init__(self, text: str) -> None:
        parse(text)  # composing a bomb would end the process
        self._text = text.removeprefix("\ufeff")
        self._starts = list(_line_starts(self._text))
        self._root = next(yaml.compose_all(self._text, Loader=yaml.CSafeLoader), None)

    def of(self, pointer: Sequence[str | int]) -> tuple[int, int]:
        """Line and column, both from 1. Where the path ends early (the key is missing), the deepest node that exists is meant."""
        index = self._find(pointer)
        if index is None:
            index = self._root.start_mark.index if self._root is not None else 0
        return self._place(index)

    def _place(self, index: int) -> tuple[int, int]:
        line = bisect.bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def _line(self, number: int) -> str:
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[start:end].rstrip("\r\n")

    def _find(self, pointer: Sequence[str | int]) -> int | None:
        """The index of the first character; None where not even the first step leads anywhere."""
        index, node = None, self._root
        for depth, step in enumerate(pointer):
            if isinstance(node, yaml.ScalarNode):
                inside = self._inside(node, pointer[depth:])
                return index if inside is None else inside
            found = _step(node, step)
            if found is None:
                break
            index, node = found
        return index

    def _inside(self, node: yaml.ScalarNode, pointer: Sequence[str | int]) -> int | None:
        """The place of what stands inside a string; None where there is no such thing, or no telling where it stands."""
        try:
            inner = Places(node.value)
        except yaml.YAMLError:
            return None
        index = None if isinstance(inner._root, yaml.ScalarNode) else inner._find(pointer)
        if index is None:
            return None
        start: int = node.start_mark.index
        if node.style != "|":
            offset = self._text.find(
                node.value, start, node.end_mark.index
            )  # missing where lines are folded or escaped
            return None if offset < 0 else offset + index
        line, column = inner._place(index)
        number = bisect.bisect_right(self._starts, start) + line
        indented, plain = self._line(number), inner._line(line)
        return self._starts[number - 1] + len(indented) - len(plain) + column - 1 if indented.endswith(plain) else None


def _line_starts(text: str) -> Iterator[int]:
    yield 0
    found = text.find("\n")
    while found >= 0:
        yield found + 1
        found = text.find("\n", found + 1)


def _step(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.index, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        return node.value[step].start_mark.index, node.value[step]
    return None
