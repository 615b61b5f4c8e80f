"""One YAML file of a declaration: its bytes checked, its values read, the place of each value kept.

The subset of YAML that declarations may use is small on purpose, so that a file means what it seems to mean: one
document, one mapping, keys that are text and stand once; no anchors, aliases, merge keys or tags. Unquoted scalars
follow the core schema of YAML 1.2, as editors do: `no` and `2026-11-20` are text, only true and false are booleans.

Parsing walks libyaml's events with a stack of its own, so that nesting cannot exhaust Python's.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

from groundwork.findings import Finding, Severity

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_PROBLEMS",
    "MAX_VALUES",
    "Document",
    "Mark",
    "Pointer",
    "finding",
    "parse",
    "printable",
    "read",
]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 16
MAX_PROBLEMS = 20
MAX_VALUES = 10_000

Pointer = tuple[str | int, ...]
Mark = tuple[int, int]

_WHY = "A declaration that can be read in two ways, or not at all, cannot be trusted to decide what runs."
# What libyaml refuses as well, but without a place in the file; and line ends that it counts and editors do not.
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|\r(?!\n)"
)
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BEGIN = "Begin with `name: ...`."
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_LONGEST_NUMBER = 18  # digits; more than that is a slip of the keyboard, and costs time to convert


@dataclass(kw_only=True, slots=True)
class Document:
    """A file's values, and where each of them stands.

    Lists arrive as tuples. `body` is None when the file could not be read as one mapping; `problems` then says why.
    """

    path: str
    body: dict[str, Any] | None = None
    problems: list[Finding] = field(default_factory=list)
    values: dict[Pointer, Mark] = field(default_factory=dict)
    keys: dict[Pointer, Mark] = field(default_factory=dict)
    plain: dict[Pointer, str] = field(default_factory=dict)

    def place(self, pointer: Pointer, *, key: bool = False) -> Mark:
        """Line and column, both from 1, of a value or of its key; of what is around it where it is missing."""
        for length in range(len(pointer), -1, -1):
            start = pointer[:length]
            found = self.keys.get(start) if key or length < len(pointer) else None
            found = found or self.values.get(start)
            if found is not None:
                return found
        return (1, 1)

    def wrong(self, pointer: Pointer, problem: str, *, why: str, fix: str, rule: str, key: bool = False) -> Finding:
        """A finding about a value of this document."""
        line, column = self.place(pointer, key=key)
        return finding(self.path, problem, why=why, fix=fix, rule=rule, mark=(line, column), pointer=pointer)


def finding(
    path: str,
    problem: str,
    *,
    fix: str,
    why: str = _WHY,
    rule: str = "declaration/unreadable",
    mark: Mark | None = None,
    pointer: Pointer = (),
) -> Finding:
    """An error in a file of declarations. Without a mark the file as a whole is meant."""
    line, column = mark or (None, None)
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        path=path,
        line=line,
        column=column,
        pointer=pointer,
        problem=printable(problem),
        why=why,
        fix=fix,
    )


def printable(text: str) -> str:
    """The text without what a terminal would act upon: people quote it from files that anybody may have written."""
    return "".join(one if one.isprintable() else "?" for one in text)


def read(file: Path, path: str) -> Document:
    """Read one file. `path` is what findings call it. Never raises for what is or is not there."""
    try:
        data = _bytes(file)
    except OSError as error:
        fix = "Make it an ordinary file that you may read."
        return Document(path=path, problems=[finding(path, f"cannot be read: {error.strerror or error}", fix=fix)])
    except ValueError as error:
        problem, _, fix = str(error).partition(": ")
        return Document(path=path, problems=[finding(path, problem, fix=fix)])
    return parse(data, path)


def parse(data: bytes, path: str) -> Document:
    """Parse the bytes of one file. Never raises for what they hold."""
    text, problem = _text(data, path)
    if text is None or problem is not None:
        return Document(path=path, problems=[problem] if problem else [])
    builder = _Builder(path)
    try:
        builder.run(text)
    except _StopError:
        pass  # the problem is noted
    except yaml.MarkedYAMLError as error:
        builder.syntax_error(error, text)
    except yaml.YAMLError as error:
        builder.problem(None, f"not YAML: {error}", "Write one mapping of keys and values.")
    if builder.document.problems:
        builder.document.body = None
    return builder.document


def _bytes(file: Path) -> bytes:
    """The content, if it is an ordinary file of bearable size. Opening anything else (a pipe) could wait for ever."""
    status = os.lstat(file)
    if stat.S_ISLNK(status.st_mode):
        raise ValueError("is a symbolic link: Put the file itself there; a link can lead out of the repository.")
    if stat.S_ISDIR(status.st_mode):
        raise ValueError("is a folder where a file should be: Move its files one level up and remove it.")
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("is not an ordinary file: Replace it by one.")
    if status.st_size > MAX_BYTES:
        raise ValueError(
            f"is larger than {MAX_BYTES // 1024} KiB: Declare what you want, not data; split long texts off."
        )
    return file.read_bytes()


def _text(data: bytes, path: str) -> tuple[str | None, Finding | None]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mark = _mark_at(data[: error.start].decode("utf-8", "replace"))
        fix = "Save the file as UTF-8."
        return None, finding(path, f"not UTF-8: byte {data[error.start]:#04x}", fix=fix, mark=mark)
    bad = _FORBIDDEN.search(text)
    if bad is None:
        return text, None
    problem = f"the character U+{ord(bad.group()):04X} cannot stand in YAML"
    return None, finding(path, problem, fix="Delete it.", mark=_mark_at(text[: bad.start()]))


def _mark_at(before: str) -> Mark:
    line_start = before.rfind("\n") + 1
    return before.count("\n") + 1, len(before) - line_start + 1


def _syntax(error: yaml.MarkedYAMLError) -> str:
    context = f" {error.context}" if error.context else ""
    return f"not YAML: {error.problem or 'broken'}{context}"


class _Position(Protocol):
    """What marks of libyaml and of PyYAML's own parser have in common: both count from 0."""

    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def index(self) -> int: ...


class _StopError(Exception):
    """What follows in this file has no meaning any more; the problem is noted."""


@dataclass(kw_only=True, slots=True)
class _Open:
    """A mapping or list whose end has not been seen. `key` is the key whose value comes next."""

    pointer: Pointer
    content: dict[str, Any] | list[Any]
    key: str | None = None


class _Builder:
    """Turns libyaml's events into a Document."""

    def __init__(self, path: str) -> None:
        self.document = Document(path=path)
        self._stack: list[_Open] = []
        self._documents = 0
        self._lines = 1
        self._values = 0

    def run(self, text: str) -> None:
        self._lines = text.count("\n") + 1
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._start(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                closed = self._stack.pop()
                self._add(closed.content if isinstance(closed.content, dict) else tuple(closed.content))
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._next_document(event)
        if self._documents == 0:
            self.problem(None, "the file is empty", "Write a declaration, or remove the file.")

    def problem(self, mark: _Position | None, problem: str, fix: str) -> None:
        """Note what is wrong, up to a bearable number."""
        self._note(self._place(mark), problem, fix)

    def syntax_error(self, error: yaml.MarkedYAMLError, text: str) -> None:
        """Note what libyaml could not read. Of what is never closed it names the end of the file; we, its beginning."""
        end = len(text.rstrip())
        marks = [mark for mark in (error.problem_mark, error.context_mark) if mark is not None]
        mark = next((one for one in marks if one.index < end), None) or (marks[0] if not self._stack else None)
        place = self._place(mark) if mark is not None else self.document.values[self._stack[-1].pointer]
        self._note(place, _syntax(error), "Correct the indentation, brackets or quotes there.")

    def _place(self, mark: _Position | None) -> Mark:
        """A mark as people count. libyaml takes what is left out at the end of a file to stand behind its last line."""
        if mark is None:
            return (1, 1)
        return (mark.line + 1, mark.column + 1) if mark.line < self._lines else (self._lines, 1)

    def _note(self, place: Mark, problem: str, fix: str) -> None:
        problems = self.document.problems
        if len(problems) < MAX_PROBLEMS:
            problems.append(finding(self.document.path, problem, fix=fix, mark=place))

    def _next_document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            self.problem(event.start_mark, "a second document begins here", "Give each thing a file of its own.")
            raise _StopError

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._decorations(event)
        bad = _FORBIDDEN.search(event.value) if event.style == '"' else None
        if bad is not None:
            self.problem(
                event.start_mark, f"the text holds the character U+{ord(bad.group()):04X}", "Remove that escape."
            )
        value = event.value if event.style else _resolve(event.value)
        if self._expects_key():
            self._take_key(value, event)
            return
        pointer = self._pointer()
        if not isinstance(value, str):
            self.document.plain[pointer] = event.value
        if not pointer:
            what = "text" if isinstance(value, str) else "a single value"
            problem = "the file is empty" if value is None else f"a declaration is a mapping, this is {what}"
            self.problem(None if value is None else event.start_mark, problem, _BEGIN)
        self.document.values[pointer] = self._place(event.start_mark)
        self._add(value)

    def _take_key(self, key: Any, event: yaml.ScalarEvent) -> None:
        top = self._stack[-1]
        if not isinstance(key, str):
            problem = f"the key {event.value or 'that is missing here'} is not text"
            self.problem(event.start_mark, problem, f'Write "{event.value}" if that is the name.')
        elif key == "<<":
            self.problem(event.start_mark, "the merge key << is not allowed", "Say it twice.")
        top.key = event.value
        pointer = self._pointer()
        first = self.document.keys.setdefault(pointer, self._place(event.start_mark))
        if first != self._place(event.start_mark):
            problem = f"the key '{event.value}' stands twice, first in line {first[0]}"
            self.problem(event.start_mark, problem, "Keep one of them.")

    def _start(self, event: yaml.CollectionStartEvent) -> None:
        self._decorations(event)
        if len(self._stack) == MAX_DEPTH:
            self.problem(
                event.start_mark, f"nested more than {MAX_DEPTH} levels deep", "Declarations are flat; see the schema."
            )
            raise _StopError
        if self._expects_key():
            self.problem(event.start_mark, "a key is text, this is a mapping or a list", "Write a plain word as key.")
            raise _StopError
        pointer = self._pointer()
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if not pointer and not is_mapping:
            self.problem(event.start_mark, "a declaration is a mapping, this is a list", _BEGIN)
        self.document.values[pointer] = self._place(event.start_mark)
        self._stack.append(_Open(pointer=pointer, content={} if is_mapping else []))

    def _alias(self, event: yaml.AliasEvent) -> None:
        self.problem(event.start_mark, f"the alias *{event.anchor} is not allowed", "Say it twice.")
        if self._expects_key():
            raise _StopError
        self._add(None)

    def _decorations(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            self.problem(event.start_mark, f"holds more than {MAX_VALUES} values", "Declare what you want, not data.")
            raise _StopError
        if event.anchor is not None:
            self.problem(event.start_mark, f"the anchor &{event.anchor} is not allowed", "Say it twice.")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self.problem(
                event.start_mark,
                f"the tag {tag} is not allowed",
                "Remove it; put text that looks like a number in quotes.",
            )

    def _expects_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].content, dict) and self._stack[-1].key is None

    def _pointer(self) -> Pointer:
        """Where the value that comes next stands."""
        if not self._stack:
            return ()
        top = self._stack[-1]
        return (*top.pointer, len(top.content) if top.key is None else top.key)

    def _add(self, value: Any) -> None:
        if not self._stack:
            self.document.body = value if isinstance(value, dict) else None
            return
        top = self._stack[-1]
        if isinstance(top.content, list):
            top.content.append(value)
        elif top.key is not None:
            top.content[top.key] = value
            top.key = None


def _resolve(text: str) -> Any:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
