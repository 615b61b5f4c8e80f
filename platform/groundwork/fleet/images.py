"""Images of our own: a folder below apps/images/ each, tagged by the content of that folder.

The tag changes when, and only when, something changes that could end up in the image: a deployment rolls for a reason.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from groundwork.fleet.nouns import IMAGES

__all__ = ["digest", "digests"]

# What tools leave behind and Git does not carry: it would make the tag differ from machine to machine.
_LEFT_BEHIND = frozenset(
    {
        ".DS_Store",
        ".git",
        ".gitkeep",
        ".hypothesis",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".venv",
        "__pycache__",
        "node_modules",
    }
)
_TAG_LENGTH = 16


def digests(root: Path) -> dict[str, str]:
    """The tag of every image of a repository, by the folder's name.

    Raises:
        OSError: a file of a folder cannot be read.
    """
    folder = root / IMAGES
    if folder.is_symlink() or not folder.is_dir():
        return {}
    return {one.name: digest(one) for one in sorted(folder.iterdir()) if one.is_dir() and not one.is_symlink()}


def digest(folder: Path) -> str:
    """The tag of one image: a digest over names, contents and executable bits of its files.

    Raises:
        OSError: a file cannot be read.
    """
    total = hashlib.sha256()
    for file in sorted(_files(folder), key=lambda one: one.relative_to(folder).as_posix()):
        content, kind = _content(file)
        name = os.fsencode(file.relative_to(folder).as_posix())
        # Lengths go first, so that no two folders can be written the same way.
        total.update(b"%s %d %d " % (kind, len(name), len(content)) + name + content)
    return total.hexdigest()[:_TAG_LENGTH]


def _files(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.name in _LEFT_BEHIND or entry.name.endswith((".pyc", "~")):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path))
        elif entry.is_symlink() or entry.is_file():
            yield Path(entry.path)


def _content(file: Path) -> tuple[bytes, bytes]:
    """What a file holds, or where a link leads (it is not followed: an image is built from its folder alone)."""
    mode = file.lstat().st_mode
    if stat.S_ISLNK(mode):
        return os.fsencode(file.readlink()), b"link"
    return file.read_bytes(), b"program" if mode & stat.S_IXUSR else b"file"
