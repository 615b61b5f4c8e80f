"""The files of a tree. What only looks like one (a link, a pipe, a locked folder) is said, and neither opened nor followed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Listed", "files"]

_LINK = "a symbolic link, which can lead out of the repository"


@dataclass(frozen=True, slots=True)
class Listed:
    """Something in a tree. `problem` says why it cannot be read, if it cannot."""

    path: str
    size: int = 0
    problem: str = ""


def files(root: Path, folder: str) -> list[Listed]:
    """All that stands below `root / folder`, sorted, with paths below `root`. Nothing is raised for what is there.

    Opening a pipe could wait for ever, and following a link could lead anywhere or in circles.
    """
    if (root / folder).is_symlink():
        return [Listed(folder, problem=_LINK)]
    found: list[Listed] = []
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            entries = list(os.scandir(root / path))
        except OSError as error:
            found.append(Listed(path, problem=f"a folder that cannot be read: {error.strerror}"))
            continue
        for entry in entries:
            below = f"{path}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(below)
            if entry.name.endswith(".yaml") or not entry.is_dir(follow_symlinks=False):
                found.append(_listed(entry, below))
    return sorted(found, key=lambda one: one.path.split("/"))


def _listed(entry: os.DirEntry[str], path: str) -> Listed:
    try:
        path.encode()
    except UnicodeEncodeError:
        return Listed(os.fsencode(path).decode(errors="replace"), problem="a file whose name is not UTF-8")
    if entry.is_symlink():
        return Listed(path, problem=_LINK)
    if entry.is_dir():
        return Listed(path, problem="a folder where a file should be")
    if not entry.is_file():
        return Listed(path, problem="a pipe or a device, not a file")
    try:
        return Listed(path, entry.stat().st_size)
    except OSError as error:
        return Listed(path, problem=f"not a file that can be read: {error.strerror}")
