"""Where declarations stand: which files are read, and what else lies in their folders.

A file that would be left out in silence (a wrong ending, a wrong folder, a link) is a finding instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from groundwork.findings import Finding
from groundwork.fleet.explain import did_you_mean
from groundwork.fleet.nouns import IMAGES, NOUNS, ORGANISATION_FILE
from groundwork.fleet.source import Document, finding, printable, read

__all__ = ["documents", "organisation", "stray_folders", "unusable"]

_RULE = "declaration/misplaced"
_WHY = "Files are found by where they stand and what they are called; anything else would be left out in silence."


def organisation(root: Path) -> Document:
    """`fleet.yaml`."""
    if os.path.lexists(root / ORGANISATION_FILE):
        return read(root / ORGANISATION_FILE, ORGANISATION_FILE)
    fix = "Run in the repository's root, or write the file: name, domain, contact, repository, identity, groups."
    problem = _misplaced(ORGANISATION_FILE, "is missing: it says whose platform this is", fix)
    return Document(path=ORGANISATION_FILE, problems=[problem])


def documents(root: Path, noun: str) -> Iterator[Document | Finding]:
    """The files of a noun, sorted by name, and what is wrong with its folder."""
    folder = NOUNS[noun].folder
    reason = unusable(root, folder)
    if reason is not None:
        yield _misplaced(folder, reason, f"Make it an ordinary folder with one file per {noun}.")
        return
    names = _names(root / folder) if os.path.lexists(root / folder) else []
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
    for name in _names(root / "apps") if unusable(root, "apps") is None and (root / "apps").is_dir() else []:
        if f"apps/{name}" in known or _is_ignored(name):
            continue
        problem = f"is not read by anything{did_you_mean(name, offered)}"
        yield _misplaced(f"apps/{_shown(name)}", problem, f"Below apps/ stand {', '.join(sorted(offered))}.")


def _shown(name: str) -> str:
    """A file's name as it can be printed, whatever bytes it has."""
    return printable(os.fsencode(name).decode("utf-8", "backslashreplace"))


def unusable(root: Path, folder: str) -> str | None:
    """Why a folder cannot be read; None if it can, or is not there at all."""
    path = root
    for step in Path(folder).parts:
        path = path / step
        if not os.path.lexists(path):
            return None
        if path.is_symlink():
            return "is a symbolic link, which can lead out of the repository"
        if not path.is_dir():
            return "is a file where a folder should be"
    return None if os.access(path, os.R_OK | os.X_OK) else "cannot be read: permission denied"


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


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
