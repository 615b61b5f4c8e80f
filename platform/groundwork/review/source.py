"""The files that findings speak of: where in them a finding stands, and the lines around it."""

from __future__ import annotations

import functools
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from groundwork.findings import Finding
from groundwork.tree.places import Places

__all__ = ["Excerpt", "Sources"]

_BEFORE, _AFTER = 2, 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Excerpt:
    """Lines of a file by number, and what to mark in one of them: columns `start` to `end`, from 1."""

    lines: dict[int, str]
    line: int
    start: int
    end: int


class Sources:
    """Files by the path that findings give them. Each is read once, and only if a finding is about it."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._parents = {folder.name: folder.parent for folder in reversed([*folders])}

    def shown(self, path: str) -> str:
        """A finding's path as a terminal can open it: from the working folder, or in full where it is not below that."""
        file = self._file(path).absolute()
        return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)

    def _file(self, path: str) -> Path:
        return self._parents.get(path.partition("/")[0], Path()) / path

    def located(self, finding: Finding) -> Finding:
        """The finding with line and column, where they can be known. One without an object is about its file as a whole."""
        if finding.line is not None or finding.path is None or finding.subject is None:
            return finding
        places = self._places(finding.path)
        if places is None:
            return finding
        line, column = places.of(finding.pointer)
        return replace(finding, line=line, column=column)

    def excerpt(self, finding: Finding) -> Excerpt | None:
        """The lines around a located finding; the mark reaches to the end of its line."""
        lines = self._lines(finding.path) if finding.path is not None else []
        if finding.line is None or not lines:
            return None
        # libyaml takes what is missing at the end of a file to stand behind its last line.
        line = min(finding.line, len(lines))
        column = finding.column if line == finding.line else None
        shown = range(max(1, line - _BEFORE), min(len(lines), line + _AFTER) + 1)
        marked = lines[line - 1]
        start = column or len(marked) - len(marked.lstrip()) + 1
        return Excerpt(
            lines={number: lines[number - 1] for number in shown},
            line=line,
            start=start,
            end=max(start, len(marked.rstrip())),
        )

    @functools.cache  # noqa: B019 - lives as long as one report
    def _text(self, path: str) -> str:
        file = self._file(path)
        try:
            return file.read_text("utf-8", errors="replace") if stat.S_ISREG(file.lstat().st_mode) else ""
        except OSError:
            return ""

    @functools.cache  # noqa: B019
    def _lines(self, path: str) -> list[str]:
        lines = self._text(path).removeprefix("\ufeff").split("\n")
        return [line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1])]

    @functools.cache  # noqa: B019
    def _places(self, path: str) -> Places | None:
        text = self._text(path)
        try:
            return Places(text) if text else None
        except yaml.YAMLError:
            return None
