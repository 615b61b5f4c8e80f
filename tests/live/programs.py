"""Programs for tests: shell scripts that answer from a table and refuse every other question."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Programs", "Refused"]


@dataclass(frozen=True)
class Refused:
    """The program prints this on standard error and fails."""

    message: str


@dataclass(frozen=True)
class Programs:
    """Programs in a folder that is the whole PATH."""

    folder: Path

    def add(self, name: str, answers: Mapping[str, Any]) -> None:
        """A program that answers arguments which begin with a key; text as it is, anything else as JSON."""
        cases = [_case(begins, answer) for begins, answer in answers.items()]
        script = ["#!/bin/sh", 'case "$*" in', *cases, f'*) echo "{name} was asked: $*" >&2; exit 64;;', "esac", ""]
        (self.folder / name).write_text("\n".join(script))
        (self.folder / name).chmod(0o755)


def _case(begins: str, answer: Any) -> str:
    if isinstance(answer, Refused):
        return f"{shlex.quote(begins)}*) echo {shlex.quote(answer.message)} >&2; exit 255;;"
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return f"{shlex.quote(begins)}*) printf '%s\\n' {shlex.quote(text)};;"
