"""Weights: what servers copy to their disks is what an import brings to the bucket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from groundwork.findings import Rule
from groundwork.proofs.apiserver.faults import did_you_mean
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.edges.scrapes import image_name
from groundwork.proofs.fields import Pointer, entries, strings, text, texts, value_at
from groundwork.proofs.world import World, noted, pod_specs
from groundwork.tree.manifest import Manifest

RULES = (
    NOT_IMPORTED := Rule(
        id="references/weights-not-imported",
        title="Weights that are copied or waited for are imported",
        why="The pods wait for a manifest that nobody writes, on nodes with accelerators that cost money meanwhile.",
        fix="Give the import and the server the same model and revision.",
        explanation="""\
An import Job (the image model-import) writes a model's files and then a manifest to a folder of the bucket, by model and revision.
Servers copy from there in an init container, and a Job of each sync waits for it.""",
    ),
)

_S3 = "s3://"


@edges_of("Deployment", "apps")
@edges_of("Job", "batch")
@edges_of("LeaderWorkerSet", "leaderworkerset.x-k8s.io")
@edges_of("RayService", "ray.io")
def copied(one: Manifest, world: World) -> Iterator[Edge]:
    """The folders from which containers copy weights, or for which they wait, wherever in the object its pods stand."""
    for pointer, word in strings(one.body):
        if word.startswith(_S3) and pointer[-2:-1] == ("args",):
            command = value_at(one.body, *pointer[:-2], "command")
            if isinstance(command, list) and command[-1:] == ["weights"]:
                yield _followed(pointer, word, world)


def _followed(pointer: Pointer, word: str, world: World) -> Edge:
    kind, known = "weights <- import", imported(world)
    if word.rstrip("/") in known:
        return held(kind, pointer)
    near = did_you_mean(word.rstrip("/"), known)
    return missing(kind, pointer, NOT_IMPORTED, f"nothing imports {word}{near}")


@noted
def imported(world: World) -> frozenset[str]:
    """The folders that imports write."""
    return frozenset(
        word.rstrip("/")
        for one in world.objects("Job", "batch")
        for _, spec in pod_specs(one)
        for _, container in entries(spec, "containers")
        for word in _written(container)
    )


def _written(container: Mapping[str, Any]) -> Iterator[str]:
    if image_name(text(container, "image")) == "model-import":
        yield from (word for _, word in texts(container, "args") if word.startswith(_S3))
