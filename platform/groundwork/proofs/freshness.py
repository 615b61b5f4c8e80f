"""Freshness: generated/ is exactly what the declarations say. Stale, extra, missing and hand-edited files are all errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from groundwork.findings import Finding, Rule
from groundwork.tree.writer import interrupted

__all__ = ["RULES", "check"]

_WHY = "Argo CD applies what stands in generated/, and reviewers read it: it must be what the declarations say, nothing else."
_FIX = "Run `make synth` and commit what it changes; generated/ is never edited by hand."

RULES = (
    EXTRA := Rule(
        id="freshness/extra",
        title="generated/ holds nothing that no declaration asks for",
        why=_WHY,
        fix=_FIX,
        explanation="""\
What a component renders no longer, and what somebody put there by hand, would go on being synced. After a rename both the old
and the new object run.

Bad:    a cluster's declaration is removed, its folder stays
Good:   `make synth` removes the folder; the diff shows what goes away""",
    ),
    INTERRUPTED := Rule(
        id="freshness/interrupted",
        title="No render was cut short",
        why=_WHY,
        fix=_FIX,
        explanation="""\
A cluster's folder is staged beside the old one and swapped in one step, so it is old or new, never mixed. A killed render
leaves the staged folder behind; the next one clears it up.

Bad:    generated/.staged-dev-us-east-1/
Good:   nothing but the clusters' own folders""",
    ),
    MISSING := Rule(
        id="freshness/missing",
        title="generated/ holds everything that the declarations ask for",
        why=_WHY,
        fix=_FIX,
        explanation="""\
Argo CD prunes what it no longer finds in Git: a file that got lost in a merge takes the object with it.

Bad:    a declaration is committed without what it renders
Good:   the declaration and its rendered files in one commit""",
    ),
    STALE := Rule(
        id="freshness/stale",
        title="Every rendered file is what the declarations say, byte for byte",
        why=_WHY,
        fix=_FIX,
        explanation="""\
Whether the file was edited by hand or the declaration changed and nobody rendered: the next render undoes it, in somebody
else's pull request. A merge conflict in generated/ is solved by `make synth`, never by hand.

Bad:    `replicas: 3` typed into generated/
Good:   the number of replicas in the declaration, and `make synth`""",
    ),
)


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
        yield INTERRUPTED.finding("a render of this cluster was cut short", path=f"{root.name}/{cluster}")
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
                problem = "no such cluster is declared; Argo CD would go on syncing what stands here"
                yield EXTRA.finding(problem, path=f"{root.name}/{folder.name}")


def _compare(path: PurePosixPath, file: Path, expected: bytes | None) -> Finding | None:
    if expected is None:
        return EXTRA.finding("nothing that is declared renders this file", path=str(path))
    if not file.is_file():
        return MISSING.finding("the declarations render this file, but it is not there", path=str(path))
    try:
        found = file.read_bytes()
    except OSError as error:
        return STALE.finding(f"cannot be compared with what the declarations say: {error.strerror}", path=str(path))
    if found == expected:
        return None
    line = _first_difference(found, expected)
    problem = f"differs from what the declarations say; this line would be: {_line(expected, line)}"
    return replace(STALE.finding(problem, path=str(path)), line=line)


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
