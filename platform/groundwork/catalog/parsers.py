"""The parsers of vLLM by name (`parsers.yaml`): how it reads tool calls and thoughts out of a model's text."""

from __future__ import annotations

import functools
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import yaml

__all__ = ["Reads", "parser", "parsers"]

_FILE = Path(__file__).with_name("parsers.yaml")

Reads = Literal["tool_calls", "reasoning"]


def parsers(reads: Reads) -> tuple[str, ...]:
    """The names of all parsers of that kind, sorted."""
    return tuple(_loaded()[reads])


def parser(name: str, reads: Reads) -> str:
    """The same name, if vLLM knows it.

    Raises:
        LookupError: it does not, in the version that the catalogue was read from.
    """
    if name in parsers(reads):
        return name
    close = get_close_matches(name, parsers(reads), n=1)
    hint = f" (did you mean '{close[0]}'?)" if close else ""
    raise LookupError(f"vLLM {_loaded()['read']['version']} has no parser '{name}'{hint}")


@functools.cache
def _loaded() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(_FILE.read_text(), Loader=yaml.CSafeLoader)
    return loaded
