"""Where declarations stand: which files are read, and what else lies in their folders.

A file that would be left out in silence (a wrong ending, a wrong folder, a link) is a finding instead.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from groundwork.findings import Finding
from groundwork.fleet.explain import did_you_mean
from groundwork.fleet.nouns import IMAGES, NOUNS, ORGANISATION_FILE
from groundwork.fleet.source import Document, finding, printable, read

__all__ = ["documents", "organisation", "stray_folders", "unusable"]

_RULE = "declaration/misplaced"
_ABSENT = 0
_WHY = "Files are found by where they stand and what they are called; anything else would be left out in silence."


def organisation(root: Path) -> Document:
    """`fleet.yaml`."""
    names, reason = _listing(root, ".")
    if ORGANISATION_FILE in names:
        return read(root / ORGANISATION_FILE, ORGANISATION_FILE)
    fix = "Run in the repository's root, or write the file: name, domain, contact, repository, identity, groups."
    problem = _misplaced(ORGANISATION_FILE, reason or "is missing: it says whose platform this is", fix)
    return Document(path=ORGANISATION_FILE, problems=[problem])


def documents(root: Path, noun: str) -> Iterator[Document | Finding]:
    """The files of a noun, sorted by name, and what is wrong with its folder."""
    folder = NOUNS[noun].folder
    names, reason = _listing(root, folder)
    if reason is not None:
        yield _misplaced(folder, reason, f"Make it an ordinary folder with one file per {noun}.")
        return
    read_files = 0
    for name in names:
        found = _document(root, folder, name)
        read_files += isinstance(found, Document)
        if found is not None:
            yield found
    if noun == "cluster" and not read_files:
        fix = "`groundwork new cluster NAME` writes the first one: clusters/NAME.yaml."
        yield _misplaced(folder, "holds no cluster: nothing would be rendered", fix)


def stray_folders(root: Path) -> Iterator[Finding]:
    """Folders of apps/ that nothing reads."""
    known = {IMAGES, *(noun.folder for noun in NOUNS.values())}
    offered = [one.removeprefix("apps/") for one in known if one.startswith("apps/")]
    names, _ = _listing(root, "apps")
    for name in names:
        if f"apps/{name}" in known or _is_ignored(name):
            continue
        problem = f"is not read by anything{did_you_mean(name, offered)}"
        yield _misplaced(f"apps/{_shown(name)}", problem, f"Below apps/ stand {', '.join(sorted(offered))}.")


def _shown(name: str) -> str:
    """A file's name as it can be printed, whatever bytes it has."""
    return printable(os.fsencode(name).decode("utf-8", "backslashreplace"))


def unusable(root: Path, folder: str) -> str | None:
    """Why a folder cannot be used; None if it can, or is not there at all."""
    return _listing(root, folder)[1]


def _listing(root: Path, folder: str) -> tuple[list[str], str | None]:
    """The names in a folder, sorted, or why it cannot be used. No folder is an empty one."""
    path = root
    try:
        for step in Path(folder).parts:
            path = path / step
            mode = _mode(path)
            if mode == _ABSENT:
                return [], None
            if stat.S_ISLNK(mode):
                return [], "is a symbolic link, which can lead out of the repository"
            if not stat.S_ISDIR(mode):
                return [], "is a file where a folder should be"
        return sorted(one.name for one in path.iterdir()), None
    except OSError as error:
        return [], f"cannot be read: {error.strerror or error}"


def _mode(path: Path) -> int:
    """What stands there, without following links; `_ABSENT` for nothing.

    Raises:
        OSError: one may not look.
    """
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return _ABSENT


def _document(root: Path, folder: str, name: str) -> Document | Finding | None:
    path = f"{folder}/{_shown(name)}"
    if _is_ignored(name):
        return None
    stem, ending = Path(name).stem, Path(name).suffix
    if ending != ".yaml" and ending.lower() in {".yaml", ".yml", ".json"}:
        return _misplaced(path, f"ends in {ending}, so it is not read", f"Name it {_shown(stem)}.yaml.")
    if ending != ".yaml":
        return _misplaced(
            path, f"does not belong in {folder}/", "Remove it, or make it a declaration that ends in .yaml."
        )
    return read(root / folder / name, path)


def _is_ignored(name: str) -> bool:
    """Hidden files, what editors leave behind, and explanations for people."""
    return name.startswith(".") or name.endswith(("~", ".md"))


def _misplaced(path: str, problem: str, fix: str) -> Finding:
    return finding(path, problem, fix=fix, why=_WHY, rule=_RULE)
