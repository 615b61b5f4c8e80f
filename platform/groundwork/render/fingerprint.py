"""Whether anything changed since a tree was written, answered without importing what renders it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

__all__ = ["Record", "fingerprint"]

# Everything that a render can depend on. Checks, reviews and schemas are read by no component.
_INPUTS = ("fleet.yaml", "clusters", "apps", "argocd", "uv.lock", "platform/groundwork")
_IGNORED = ("proofs", "review", "schemas", "__pycache__")
_SUFFIXES = (".py", ".yaml", ".csv", ".json", ".lock", ".toml", "")


def fingerprint(root: Path) -> str:
    """One digest over every file that a render of this repository can depend on."""
    digest = hashlib.blake2b(digest_size=16)
    for file in _inputs(root):
        digest.update(str(file.relative_to(root)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


class Record:
    """What the last render of a cluster wrote: the fingerprint of its inputs and the digest of each file."""

    def __init__(self, folder: Path, cluster: str) -> None:
        self._file = folder / f"{cluster}.json"

    def describes(self, fingerprint: str, folder: Path) -> int | None:
        """The number of files, if the inputs are the same and `folder` holds exactly what was written; else None."""
        try:
            record = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return None
        files: dict[str, str] = record.get("files", {})
        if record.get("fingerprint") != fingerprint or {*files} != {*_below(folder)}:
            return None
        same = all(_digest((folder / path).read_bytes()) == digest for path, digest in files.items())
        return int(record["objects"]) if same else None

    def write(self, fingerprint: str, files: Mapping[PurePosixPath, bytes], objects: int) -> None:
        """Remember a render."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        digests = {str(path): _digest(content) for path, content in files.items()}
        fresh = self._file.with_suffix(".fresh")
        fresh.write_text(json.dumps({"fingerprint": fingerprint, "objects": objects, "files": digests}))
        fresh.replace(self._file)


def _inputs(root: Path) -> Iterator[Path]:
    for name in _INPUTS:
        place = root / name
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for file in found:
            inside = file.relative_to(root).parts
            if file.is_file() and file.suffix in _SUFFIXES and not any(part in _IGNORED for part in inside):
                yield file


def _below(folder: Path) -> Iterator[str]:
    for file in folder.rglob("*"):
        if not file.is_dir():
            yield file.relative_to(folder).as_posix()


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()
