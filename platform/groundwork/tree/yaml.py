"""YAML as this project reads and writes it: libyaml, deterministic bytes, and positions on demand."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import yaml

__all__ = ["DuplicateKeyError", "dump", "line_of", "parse"]


class _Dumper(yaml.CSafeDumper):
    """Block style, no anchors, long strings unbroken, and nothing that a YAML 1.1 reader in Go would take for another type."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_string(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _represent_string)
# PyYAML leaves these strings bare; the YAML reader of Kubernetes takes "1e3" for a number and "y" for true.
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+[eE][-+]?[0-9]+$"), list("-+0123456789")
)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^0o[0-7]+$"), ["0"])
_Dumper.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^[yYnN]$"), list("yYnN"))


def dump(body: Any) -> str:
    """Write a document: keys in the order given, the same bytes for the same value."""
    return yaml.dump(
        body, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=1_000_000
    )


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
        yaml.YAMLError: broken YAML or (`DuplicateKeyError`) a key that stands twice.
        UnicodeDecodeError: bytes that are not UTF-8.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    return list(yaml.load_all(text, Loader=_Loader))


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
