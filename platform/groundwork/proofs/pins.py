"""Pins: what is still missing before production. Placeholders for what AWS chooses, weights and images without a digest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwork.catalog.placeholders import PREFIX
from groundwork.findings import Finding, Rule, Severity
from groundwork.tree.reader import Tree

__all__ = ["RULES", "check"]

_UNPINNED = "/unpinned/"

Pointer = tuple[str | int, ...]


_WHY = "In production every run of the same commit must run the same bytes, against resources that exist."

RULES = (
    IDENTIFIER := Rule(
        id="pins/placeholder",
        title="Identifiers that AWS chooses are known",
        why=_WHY,
        fix="Bring the cluster up, then write what AWS chose under `aws:` in clusters/<name>.yaml.",
        severity=Severity.WARNING,
        explanation="""\
The ARN of a certificate or the id of a workspace does not exist before the resource does. Until somebody writes it down, a
placeholder stands in the manifest: everything renders and is judged, and the part that needs it cannot work.

Bad:    certificateARN: PLACEHOLDER-certificate
Good:   certificateARN: arn:aws:acm:us-east-1:111122223333:certificate/...""",
    ),
    WEIGHTS := Rule(
        id="pins/weights",
        title="Every model's weights are pinned to a revision",
        why=_WHY,
        fix="Write the commit of the Hugging Face repository as `source.revision` in the model's file.",
        severity=Severity.WARNING,
        explanation="""\
The main branch of a model's repository moves, and with it the tokenizer, the chat template and code that the server may be told
to trust. With a revision, what was evaluated is what runs, and a rollback is a revert.

Bad:    s3://weights/qwen3-8b/unpinned/
Good:   s3://weights/qwen3-8b/9b31c0.../""",
    ),
    IMAGE := Rule(
        id="pins/image",
        title="Every image has a digest",
        why=_WHY,
        fix="Write the digest beside the version in catalog/versions.yaml (`digest: {stable: sha256:...}`).",
        severity=Severity.WARNING,
        explanation="""\
A tag can be pushed again; a digest names the bytes. With both, people read the version and the kubelet checks the content.

Bad:    image: ghcr.io/berriai/litellm:v1.78.5
Good:   image: ghcr.io/berriai/litellm:v1.78.5@sha256:...""",
    ),
)


def check(tree: Tree) -> Iterator[Finding]:
    """One finding per place."""
    for manifest in tree:
        for pointer, text in _strings(manifest.body, ()):
            if PREFIX in text:
                name = text.partition(PREFIX)[2].partition("/")[0]
                yield manifest.breaks(IDENTIFIER, f"the identifier '{name}' is not known yet", pointer)
            elif _UNPINNED in text:
                yield manifest.breaks(WEIGHTS, "the model's weights have no pinned revision", pointer)
            elif pointer[-1] == "image" and "@sha256:" not in text:
                yield manifest.breaks(IMAGE, f"the image {text} has no digest", pointer)


def _strings(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*pointer, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _strings(inner, (*pointer, index))
