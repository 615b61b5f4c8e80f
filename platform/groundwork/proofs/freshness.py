"""Freshness: generated/ is exactly what the declarations say. Stale, extra, missing and hand-edited files are all errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from groundwork.findings import Finding, Severity
from groundwork.tree.writer import interrupted

__all__ = ["check"]

_WHY = "Argo CD applies what stands in generated/, and reviewers read it: it must be what the declarations say, nothing else."
_FIX = "Run `make synth` and commit what it changes; generated/ is never edited by hand."


def check(
    root: Path, expected: Mapping[str, Mapping[PurePosixPath, bytes] | None], *, whole: bool = True
) -> Iterator[Finding]:
    """Compare a tree with what a render gives.

    Args:
        root: the folder that holds a folder per cluster.
        expected: per cluster, content by path below its folder; None where the folder is known to hold just that.
        whole: whether clusters that are not expected are extra.
    """
    for cluster in interrupted(root):
        yield _finding("interrupted", PurePosixPath(root.name, cluster), "a render of this cluster was cut short")
    for cluster, files in sorted(expected.items()):
        if files is None:
            continue
        folder = root / cluster
        present = {
            PurePosixPath(file.relative_to(folder).as_posix()) for file in folder.rglob("*") if not file.is_dir()
        }
        for path in sorted(present | files.keys()):
            finding = _compare(PurePosixPath(root.name, cluster) / path, folder / path, files.get(path))
            if finding is not None:
                yield finding
    if whole and root.is_dir():
        for folder in sorted(root.iterdir()):
            if folder.name not in expected and not folder.name.startswith("."):
                path = PurePosixPath(root.name, folder.name)
                yield _finding(
                    "extra", path, "no such cluster is declared; Argo CD would go on syncing what stands here"
                )


def _compare(path: PurePosixPath, file: Path, expected: bytes | None) -> Finding | None:
    if expected is None:
        return _finding("extra", path, "nothing that is declared renders this file")
    if not file.is_file():
        return _finding("missing", path, "the declarations render this file, but it is not there")
    found = file.read_bytes()
    if found == expected:
        return None
    line = _first_difference(found, expected)
    says = _line(expected, line)
    return _finding("stale", path, f"differs from what the declarations say; this line would be: {says}", line)


def _first_difference(found: bytes, expected: bytes) -> int:
    pairs = zip(found.splitlines(), expected.splitlines(), strict=False)
    same = 0
    for one, other in pairs:
        if one != other:
            break
        same += 1
    return same + 1


def _line(content: bytes, number: int) -> str:
    lines = content.decode(errors="replace").splitlines()
    return f"`{lines[number - 1].strip()}`" if number <= len(lines) else "the end of the file"


def _finding(rule: str, path: PurePosixPath, problem: str, line: int | None = None) -> Finding:
    return Finding(
        rule=f"freshness/{rule}",
        severity=Severity.ERROR,
        path=str(path),
        line=line,
        problem=problem,
        why=_WHY,
        fix=_FIX,
    )
