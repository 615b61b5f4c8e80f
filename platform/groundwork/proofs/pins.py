"""Pins: what is still missing before production. Placeholders for what AWS chooses, weights and images without a digest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwork.findings import Finding, Severity
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

__all__ = ["PLACEHOLDER", "check"]

# What stands in a manifest for an identifier that AWS has not chosen yet.
PLACEHOLDER = "PLACEHOLDER-"
_UNPINNED = "/unpinned/"

Pointer = tuple[str | int, ...]


def check(tree: Tree) -> Iterator[Finding]:
    """One finding per place."""
    for manifest in tree:
        for pointer, text in _strings(manifest.body, ()):
            if PLACEHOLDER in text:
                name = text.partition(PLACEHOLDER)[2].partition("/")[0]
                yield _finding(
                    manifest, pointer, "placeholder", f"the identifier '{name}' is not known yet", _FIX_IDENTIFIER
                )
            elif _UNPINNED in text:
                yield _finding(
                    manifest, pointer, "weights", "the model's weights have no pinned revision", _FIX_REVISION
                )
            elif pointer[-1] == "image" and "@sha256:" not in text:
                yield _finding(manifest, pointer, "image", f"the image {text} has no digest", _FIX_DIGEST)


_WHY = "In production every run of the same commit must run the same bytes, against resources that exist."
_FIX_IDENTIFIER = "Bring the cluster up, then write what AWS chose under `aws:` in clusters/<name>.yaml."
_FIX_REVISION = "Write the commit of the Hugging Face repository as `source.revision` in the model's file."
_FIX_DIGEST = "Write the digest beside the version in catalog/versions.yaml (`digest: {stable: sha256:...}`)."


def _finding(manifest: Manifest, pointer: Pointer, rule: str, problem: str, fix: str) -> Finding:
    return Finding(
        rule=f"pins/{rule}",
        severity=Severity.WARNING,
        subject=manifest.subject,
        path=str(manifest.path),
        pointer=pointer,
        problem=problem,
        why=_WHY,
        fix=fix,
    )


def _strings(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*pointer, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*pointer, index))
