"""Write a cluster's folder so that it holds exactly the given files, and so that a crash leaves it old or new, never mixed.

The new folder is staged beside the old one (unchanged files as hard links) and takes its place in one rename.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

__all__ = ["Written", "interrupted", "recover", "write_folder"]

_STAGED = ".staged-"
_REPLACED = ".replaced-"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What writing a folder did, in numbers of files."""

    written: int
    unchanged: int
    removed: int


def write_folder(folder: Path, files: Mapping[PurePosixPath, bytes]) -> Written:
    """Make `folder` hold exactly `files`.

    Args:
        folder: generated/<cluster>; need not exist.
        files: content by path below the folder.

    Raises:
        OSError: the disk refused; the folder is as it was.
    """
    _clear_up(folder)
    present = set(_files(folder))
    unchanged = {path for path in present & files.keys() if (folder / path).read_bytes() == files[path]}
    removed = len(present - files.keys())
    if len(unchanged) < len(files) or removed:
        _replace(folder, files, unchanged)
    return Written(written=len(files) - len(unchanged), unchanged=len(unchanged), removed=removed)


def interrupted(parent: Path) -> list[str]:
    """Folders whose last write was cut short, by name."""
    if not parent.is_dir():
        return []
    names = {one.name for one in parent.iterdir()}
    return sorted({name.split("-", 1)[1] for name in names if name.startswith((_STAGED, _REPLACED))})


def recover(parent: Path) -> None:
    """Clear away what killed writes left behind; a folder that was moved aside and never replaced is put back."""
    for name in interrupted(parent):
        _clear_up(parent / name)


def _clear_up(folder: Path) -> None:
    """Only this folder's own: others may be written at the same time."""
    staged, replaced = folder.with_name(_STAGED + folder.name), folder.with_name(_REPLACED + folder.name)
    if replaced.exists() and not folder.exists():
        replaced.rename(folder)
    for left in (staged, replaced):
        if left.exists():
            shutil.rmtree(left)


def _files(folder: Path) -> Iterator[PurePosixPath]:
    for base, _, names in os.walk(folder):
        for name in names:
            yield PurePosixPath(Path(base, name).relative_to(folder).as_posix())


def _replace(folder: Path, files: Mapping[PurePosixPath, bytes], unchanged: set[PurePosixPath]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = folder.with_name(_STAGED + folder.name)
    try:
        for path, content in files.items():
            target = staged / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if path not in unchanged or not _link(folder / path, target):
                target.write_bytes(content)
        staged.mkdir(exist_ok=True)
        _swap(staged, folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _link(source: Path, target: Path) -> bool:
    # Not every file system has hard links; a copy is as good, only slower.
    with contextlib.suppress(OSError):
        os.link(source, target)
        return True
    return False


def _swap(staged: Path, folder: Path) -> None:
    """Put `staged` in the place of `folder`, which lands where `staged` was."""
    if not folder.exists():
        staged.rename(folder)
    elif not _exchange(staged, folder):
        # Without an exchanging rename there is a moment between two renames; `recover` closes it.
        replaced = folder.with_name(_REPLACED + folder.name)
        folder.rename(replaced)
        try:
            staged.rename(folder)
        except OSError:
            replaced.rename(folder)
            raise
        shutil.rmtree(replaced)


def _exchange(one: Path, other: Path) -> bool:
    """Linux's renameat2(RENAME_EXCHANGE): both names change owner at once. False where the system has no such call."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    result: int = libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return result == 0
