"""Read a tree: every file once, broken ones as findings, the rest parsed and indexed."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from groundwork.findings import Finding, Severity
from groundwork.tree.manifest import Identity, Manifest, path_of
from groundwork.tree.yaml import parse

__all__ = ["Tree", "read_tree"]

_WHY_BROKEN = "Argo CD stops at the first file that it cannot read, and nothing of that component is synced."
_WHY_MISPLACED = (
    "A path follows from what an object is; an object elsewhere is invisible to reviewers who look for it there."
)
_WHY_TWICE = "Two files for one object overwrite each other on every sync; which one wins is chance."


class Tree:
    """The objects of one or more clusters, read once and shared by all checks.

    `findings` holds what could not be read; everything else is there all the same.
    """

    def __init__(self, root: Path, manifests: Iterable[Manifest], findings: Iterable[Finding] = ()) -> None:
        self.root = root
        self.manifests = list(manifests)
        self.findings = list(findings)

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self.manifests)

    def __len__(self) -> int:
        return len(self.manifests)

    @functools.cached_property
    def clusters(self) -> list[str]:
        """The clusters that the tree holds, sorted."""
        return sorted({manifest.cluster for manifest in self.manifests})

    @functools.cached_property
    def _by_identity(self) -> dict[tuple[str, Identity], Manifest]:
        return {(one.cluster, one.identity): one for one in reversed(self.manifests)}

    @functools.cached_property
    def _by_kind(self) -> dict[tuple[str, str], list[Manifest]]:
        index: dict[tuple[str, str], list[Manifest]] = defaultdict(list)
        for one in self.manifests:
            index[one.cluster, one.kind].append(one)
        return index

    def find(self, cluster: str, kind: str, name: str, *, namespace: str = "", group: str = "") -> Manifest | None:
        """The object of that identity, or None."""
        return self._by_identity.get((cluster, Identity(group, kind, namespace, name)))

    def of_kind(self, cluster: str, kind: str, *, group: str | None = None) -> list[Manifest]:
        """All objects of a kind in a cluster, of any group unless one is named."""
        return [one for one in self._by_kind.get((cluster, kind), []) if group is None or one.group == group]


def read_tree(root: Path, clusters: Iterable[str] | None = None) -> Tree:
    """Read the tree below `root` (laid out like generated/), or only some of its clusters.

    Broken files become findings and the others are still read; nothing is raised for what a file holds.
    """
    if clusters is None:
        names = sorted(one.name for one in root.iterdir() if one.is_dir() and not one.name.startswith("."))
    else:
        names = sorted(clusters)
    manifests: list[Manifest] = []
    findings: list[Finding] = []
    for cluster in names:
        for file in sorted((root / cluster).rglob("*.yaml")):
            for found in _read_file(root, cluster, file):
                if isinstance(found, Manifest):
                    manifests.append(found)
                else:
                    findings.append(found)
    findings.extend(_duplicates(manifests))
    return Tree(root, manifests, findings)


def _read_file(root: Path, cluster: str, file: Path) -> list[Manifest | Finding]:
    path = PurePosixPath(root.name, *file.relative_to(root).parts)
    try:
        documents = parse(file.read_bytes())
        body = _only_object(documents)
        manifest = Manifest(cluster=cluster, component=path.parts[2], path=path, body=body)
        expected = PurePosixPath(root.name, cluster) / path_of(manifest.identity, manifest.component)
    except UnicodeDecodeError as error:
        return [_broken(path, f"not UTF-8: byte {error.start} is {error.object[error.start]:#04x}")]
    except OSError as error:
        return [_broken(path, f"not a file that can be read: {error.strerror}")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        return [_broken(path, f"not YAML: {problem}", line, column)]
    except RecursionError:
        return [_broken(path, "not a manifest: nested too deeply")]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        return [_broken(path, f"not a manifest: {error}")]
    return [manifest] if path == expected else [manifest, _misplaced(manifest, expected)]


def _only_object(documents: list[Any]) -> dict[str, Any]:
    if len(documents) != 1:
        raise ValueError(f"a file holds one object, this one holds {len(documents)} documents")
    body = documents[0]
    if not isinstance(body, dict):
        raise ValueError("a file holds one object, this one holds something else")
    for key in ("apiVersion", "kind"):
        if not isinstance(body.get(key), str):
            raise ValueError(f"`{key}` is missing or not a string")
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        raise ValueError("`metadata.name` is missing or not a string")
    if not isinstance(metadata.get("namespace", ""), str):
        raise ValueError("`metadata.namespace` is not a string")
    for key in ("labels", "annotations"):
        if not isinstance(metadata.get(key) or {}, dict):
            raise ValueError(f"`metadata.{key}` is not a mapping")
    return body


def _broken(path: PurePosixPath, problem: str, line: int | None = None, column: int | None = None) -> Finding:
    return Finding(
        rule="tree/unreadable",
        severity=Severity.ERROR,
        path=str(path),
        line=line,
        column=column,
        problem=problem,
        why=_WHY_BROKEN,
        fix="generated/ is never edited by hand: run `make synth`.",
    )


def _misplaced(manifest: Manifest, expected: PurePosixPath) -> Finding:
    return Finding(
        rule="tree/misplaced",
        severity=Severity.ERROR,
        subject=manifest.subject,
        path=str(manifest.path),
        problem=f"{manifest.identity} stands at a path that is not its own; it belongs at {expected}",
        why=_WHY_MISPLACED,
        fix="generated/ is never edited by hand: run `make synth`.",
    )


def _duplicates(manifests: list[Manifest]) -> Iterator[Finding]:
    first: dict[tuple[str, Identity], Manifest] = {}
    for one in manifests:
        other = first.setdefault((one.cluster, one.identity), one)
        if other is not one:
            yield Finding(
                rule="tree/duplicate",
                severity=Severity.ERROR,
                subject=one.subject,
                path=str(one.path),
                problem=f"{one.identity} is rendered twice, also at {other.path}",
                why=_WHY_TWICE,
                fix="Let one component own the object, or give one of the two another name.",
            )
