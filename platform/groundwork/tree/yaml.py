"""YAML as this project reads and writes it: as API servers do, whatever a file holds, and deterministic bytes.

An API server reads YAML as JSON (sigs.k8s.io/yaml): a date is text, 1e3 is a number, the key 1 is the text "1". So does
`parse`. It hands out mappings whose keys are text, lists, text, finite numbers, booleans and null, nested at most 100
levels deep, and goes through libyaml's events with a stack of its own, so that no file can exhaust Python's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from groundwork.emit import as_yaml

__all__ = ["DuplicateKeyError", "ForeignValueError", "NestingError", "RefusedError", "dump", "parse"]

dump = as_yaml

_DEEPEST = 100
_MOST_REPEATED = 100_000
_ABSENT: Final = object()
_MERGE: Final = object()


class RefusedError(yaml.MarkedYAMLError):
    """Good YAML that no manifest may be."""


class NestingError(RefusedError):
    """A document nests deeper than any manifest does, holds itself, or multiplies: what walks it would not come back."""


class DuplicateKeyError(RefusedError):
    """A mapping says one key twice; YAML readers silently keep the last."""


class ForeignValueError(RefusedError):
    """A value that YAML can say and JSON cannot."""


def parse(text: str | bytes) -> list[Any]:
    """Parse every document of a file.

    Raises:
        yaml.YAMLError: broken YAML, or what no manifest may be (`RefusedError`).
        UnicodeDecodeError: bytes that are not UTF-8.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    reader = _Reader()
    handlers = reader.handlers()
    parser = yaml.CSafeLoader(text)
    while (event := parser.get_event()).__class__ is not yaml.StreamEndEvent:
        handle = handlers.get(event.__class__)
        if handle is not None:
            handle(event)
    return reader.documents


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been seen. `key` is the key whose value comes next, `height` how deep it nests."""

    content: Any
    anchor: str | None = None
    began: int = 0
    key: Any = _ABSENT
    height: int = 1
    merged: list[Any] = field(default_factory=list)

    def expects_key(self) -> bool:
        return self.key is _ABSENT and self.content.__class__ is dict

    def add(self, value: Any) -> None:
        if self.content.__class__ is list:
            self.content.append(value)
            return
        if self.key is _MERGE:
            self.merged.append(value)
        else:
            self.content[self.key] = value
        self.key = _ABSENT


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias repeats: the value, how many values that is, and how deep it nests."""

    value: Any
    values: int = 1
    height: int = 0


class _Reader:
    """Builds values from events. `_values` counts them, `_repeated` those that aliases add."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self._stack = [_Open(self.documents)]
        self._anchors: dict[str, _Anchored] = {}
        self._values = 0
        self._repeated = 0

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        return {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def _document(self, _event: yaml.DocumentStartEvent) -> None:
        self._anchors = {}

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        top = self._stack[-1]
        value = _value(event)
        self._values += 1
        if top.expects_key():
            value = top.key = _MERGE if value == "<<" and not event.style else _key(value, event, top.content)
        else:
            top.add(value)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value)

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        top = self._stack[-1]
        if top.expects_key():
            raise ForeignValueError(problem="a key is a mapping or a list, not text", problem_mark=_mark(event))
        if len(self._stack) > _DEEPEST:
            raise NestingError(problem=f"nested more than {_DEEPEST} levels deep", problem_mark=_mark(event))
        if event.tag not in _COLLECTION_TAGS:
            raise _foreign(event)
        content: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        top.add(content)
        self._stack.append(_Open(content, event.anchor, self._values))
        self._values += 1

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        closed = self._stack.pop()
        for other in closed.merged:
            _merge(other, closed.content, event)
        top = self._stack[-1]
        top.height = max(top.height, closed.height + 1)
        if closed.anchor is not None:
            self._anchors[closed.anchor] = _Anchored(closed.content, self._values - closed.began, closed.height)

    def _alias(self, event: yaml.AliasEvent) -> None:
        top = self._stack[-1]
        if any(one.anchor == event.anchor for one in self._stack):
            raise NestingError(problem=f"'{event.anchor}' holds itself", problem_mark=_mark(event))
        if top.expects_key():
            raise ForeignValueError(problem="a key is an alias, not text", problem_mark=_mark(event))
        if event.anchor not in self._anchors:
            raise yaml.MarkedYAMLError(problem=f"no '&{event.anchor}' stands before this", problem_mark=_mark(event))
        known = self._anchors[event.anchor]
        self._values += known.values
        self._repeated += known.values
        top.height = max(top.height, known.height + 1)
        if len(self._stack) + known.height > _DEEPEST + 1:
            raise NestingError(problem=f"nested more than {_DEEPEST} levels deep", problem_mark=_mark(event))
        if self._repeated > _MOST_REPEATED:
            raise NestingError(problem=f"aliases repeat {_MOST_REPEATED} values or more", problem_mark=_mark(event))
        top.add(known.value)


# What the reader of API servers makes of a bare word (go.yaml.in/yaml/v2, `resolve`); it drops underscores from numbers first.
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_INTEGER = re.compile(r"[-+]?(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)")
_OLD_OCTAL = re.compile(r"[-+]?0[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_INTEGER = 70  # characters of 64 bits in any base
_COLLECTION_TAGS = (None, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")


def _value(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.tag is not None:
        if event.tag not in _TEXT_TAGS:
            raise _foreign(event)
        return text
    if event.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _NO_NUMBER.fullmatch(text):
        raise ForeignValueError(problem=f"JSON has no number {text}", problem_mark=_mark(event))
    return _number(text)


def _number(text: str) -> int | float | str:
    bare = text.replace("_", "")
    if _INTEGER.fullmatch(bare) and len(bare) <= _LONGEST_INTEGER:
        number = int(bare, 8 if _OLD_OCTAL.fullmatch(bare) else 0)
        if -(2**63) <= number < 2**64:
            return number
    if _FLOAT.fullmatch(bare) and math.isfinite(float(bare)):
        return float(bare)
    return text


def _key(value: Any, event: yaml.ScalarEvent, content: dict[str, Any]) -> str:
    if value is None:
        raise ForeignValueError(problem="a key is null, not text", problem_mark=_mark(event))
    key = str(value).lower() if isinstance(value, bool) else str(value)
    if key in content:
        raise DuplicateKeyError(problem=f"the key '{key}' stands twice", problem_mark=_mark(event))
    return key


def _merge(other: Any, content: dict[str, Any], event: yaml.Event) -> None:
    for one in other if isinstance(other, list) else [other]:
        if not isinstance(one, dict):
            raise ForeignValueError(problem="the merge key << needs a mapping", problem_mark=_mark(event))
        for key, value in one.items():
            content.setdefault(key, value)


def _foreign(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> ForeignValueError:
    tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
    return ForeignValueError(problem=f"the tag {tag} has no meaning in a manifest", problem_mark=_mark(event))


def _mark(event: yaml.Event) -> Any:
    return event.start_mark  # libyaml's own class of marks, which the stubs tell apart from PyYAML's
