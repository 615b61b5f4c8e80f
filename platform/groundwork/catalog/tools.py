"""Programs that bootstrap runs, and the versions that will do."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import yaml

__all__ = ["CLUSTER", "Tool", "tool", "tools"]

_FILE = Path(__file__).with_name("tools.yaml")
CLUSTER = "cluster"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """One program. `least` is a version, `CLUSTER` for what fits the cluster's Kubernetes, or None where any will do."""

    name: str
    asks: tuple[str, ...]
    get: str
    least: str | None = None


@functools.cache
def tools() -> dict[str, Tool]:
    """Every program by name."""
    loaded = yaml.load(_FILE.read_text(), Loader=yaml.CSafeLoader)
    return {name: Tool(name=name, **entry | {"asks": tuple(entry["asks"])}) for name, entry in loaded.items()}


def tool(name: str) -> Tool:
    """The program of that name.

    Raises:
        KeyError: bootstrap runs no such program.
    """
    return tools()[name]
