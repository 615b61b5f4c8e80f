"""What the status of an object says once its controller is content with it, by kind."""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Contentment", "contentment", "silent"]

_FILE = Path(__file__).with_name("conditions.yaml")


@dataclass(frozen=True, kw_only=True)
class Contentment:
    """What must be so of one kind's objects. conditions.yaml says what each field means."""

    then: str
    holds: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    equal: Mapping[str, str] = field(default_factory=dict)


def contentment(group: str, kind: str) -> Contentment | None:
    """What a kind's objects say when all is well; None where they say nothing, or nobody has written it down."""
    name = _name(group, kind)
    if name in silent():
        return None
    return next((entry for pattern, entry in _entries().items() if fnmatch.fnmatchcase(name, pattern)), None)


def silent() -> Mapping[str, str]:
    """Kinds that say nothing, as `Kind.group`, with where their effect is seen instead."""
    loaded: dict[str, str] = _loaded()["silent"]
    return loaded


def _name(group: str, kind: str) -> str:
    return f"{kind}.{group}" if group else kind


@functools.cache
def _entries() -> dict[str, Contentment]:
    return {pattern: _contentment(entry) for pattern, entry in _loaded().items() if pattern != "silent"}


def _contentment(entry: dict[str, Any]) -> Contentment:
    return Contentment(
        then=entry["then"],
        holds=tuple(entry.get("holds", ())),
        parents=tuple(entry.get("parents", ())),
        refused=tuple(entry.get("refused", ())),
        fields=entry.get("fields", {}),
        equal=entry.get("equal", {}),
    )


@functools.cache
def _loaded() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(_FILE.read_text(), Loader=yaml.CSafeLoader)
    return loaded
