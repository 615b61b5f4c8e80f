"""This machine: the programs that bootstrap runs, and whether their versions will do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

from groundwork.catalog.tools import CLUSTER, Tool, tools
from groundwork.live.answers import Answer, State
from groundwork.live.programs import run

__all__ = ["machine"]

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")

Version = tuple[int, int, int]


def machine(kubernetes: str) -> Iterator[Answer]:
    """One answer per program. `kubernetes` is the cluster's minor version."""
    for tool in tools().values():
        yield _tool(tool, kubernetes)


def _tool(tool: Tool, kubernetes: str) -> Answer:
    claim, least = _claim(tool, kubernetes)
    if shutil.which(tool.name) is None:
        return _failed(tool, claim, f"{tool.name} is not on the PATH")
    done = run(tool.name, *tool.asks, seconds=20)
    version = _version(done.output)
    if done.failure or (least and version is None):
        return _failed(tool, claim, f"`{' '.join((tool.name, *tool.asks))}` gives no version")
    found = ".".join(map(str, version)) if version else "found"
    if least and version and not _fits(tool, version, least):
        return _failed(tool, claim, f"this machine has {found}")
    return Answer(topic="Programs on this machine", claim=claim, state=State.TRUE, found=found)


def _failed(tool: Tool, claim: str, found: str) -> Answer:
    fix = f"install it: {tool.get}"
    return Answer(topic="Programs on this machine", claim=claim, state=State.FALSE, found=found, fix=fix)


def _claim(tool: Tool, kubernetes: str) -> tuple[str, Version | None]:
    if tool.least == CLUSTER:
        return f"{tool.name} {kubernetes}, a minor version more or less", _version(kubernetes)
    if tool.least is None:
        return " ".join((tool.name, *tool.asks[:-1])), None
    least = _version(tool.least)
    return f"{tool.name} {tool.least} or newer", least


def _fits(tool: Tool, version: Version, least: Version) -> bool:
    """Of the same major version: the next one may have other options. kubectl keeps one minor version's distance."""
    if tool.least == CLUSTER:
        return version[0] == least[0] and abs(version[1] - least[1]) <= 1
    return version[0] == least[0] and version >= least


def _version(text: str) -> Version | None:
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None
