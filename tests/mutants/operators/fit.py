"""Fit: what servers of models are told, what they ask for, and what their machines have."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

from groundwork.proofs.fields import Pointer, entries, mapping, text, texts
from groundwork.proofs.world import pod_specs
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, change, drop, operator
from tests.mutants.operators.workloads import accelerated, containers

SERVERS = ("Deployment", "LeaderWorkerSet")
_WEIGHTS, _SHARED = "models", "/dev/shm"
_TOLD = ("--max-model-len", "--ctx-size")


def _serving(one: Manifest) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """The containers that serve a model."""
    for at, container in containers(one):
        if any(word.partition("=")[0] in _TOLD for _, word in texts(container, "args")):
            yield at, container


def _told(one: Manifest, flag: str) -> Iterator[tuple[Pointer, str]]:
    """Each place where vLLM is told a flag, with its value."""
    for at, container in _serving(one):
        for place, word in texts(container, "args"):
            if word.startswith(f"{flag}="):
                yield (*at, *place), word.partition("=")[2]


def _asking(at: Pointer, container: dict[str, Any], **amounts: str | None) -> Edit:
    """Other requests and limits; Kubernetes wants those of devices to be the same."""
    resources = copy.deepcopy(mapping(container, "resources"))
    for which in ("requests", "limits"):
        for name, amount in amounts.items():
            resources[which].pop(name, None)
            if amount is not None:
                resources[which][name] = amount
    return change((*at, "resources"), resources)


def _devices(container: dict[str, Any]) -> dict[str, str]:
    return {name: str(count) for name, count in mapping(container, "resources", "limits").items() if "/" in name}


@operator("fit", *SERVERS)
def context_doubled(one: Manifest) -> Iterator[Edit]:
    for at, tokens in _told(one, "--max-model-len"):
        yield change(at, f"--max-model-len={2 * int(tokens)}")


@operator("fit", *SERVERS)
def requests_at_once_doubled(one: Manifest) -> Iterator[Edit]:
    for at, sequences in _told(one, "--max-num-seqs"):
        yield change(at, f"--max-num-seqs={2 * int(sequences)}")


@operator("fit", "Deployment")
def slots_of_another_length(one: Manifest) -> Iterator[Edit]:
    for at, container in _serving(one):
        args = texts(container, "args")
        for (_, word), (place, value) in itertools.pairwise(args):
            if word in ("--ctx-size", "--parallel"):
                yield change((*at, *place), str(2 * int(value)))


@operator("fit", *SERVERS)
def heads_that_are_not_shared_evenly(one: Manifest) -> Iterator[Edit]:
    for at, _ in _told(one, "--tensor-parallel-size"):
        yield change(at, "--tensor-parallel-size=3")


@operator("fit", *SERVERS)
def more_processes_than_devices(one: Manifest) -> Iterator[Edit]:
    for at, ways in _told(one, "--tensor-parallel-size"):
        yield change(at, f"--tensor-parallel-size={2 * int(ways)}")


@operator("fit", *SERVERS)
def devices_halved(one: Manifest) -> Iterator[Edit]:
    for at, container in _serving(one):
        for name, count in _devices(container).items():
            if int(count) > 1:
                yield _asking(at, container, **{name: str(int(count) // 2)})


@operator("fit", *SERVERS)
def devices_gone(one: Manifest) -> Iterator[Edit]:
    for at, container in _serving(one):
        if accelerated(container):
            yield _asking(at, container, **dict.fromkeys(_devices(container)))


@operator("fit", *SERVERS)
def share_of_the_gpu_too_small(one: Manifest) -> Iterator[Edit]:
    for at, _ in _told(one, "--gpu-memory-utilization"):
        yield change(at, "--gpu-memory-utilization=0.3")


@operator("fit", *SERVERS)
def share_of_the_gpu_too_large(one: Manifest) -> Iterator[Edit]:
    for at, _ in _told(one, "--gpu-memory-utilization"):
        yield change(at, "--gpu-memory-utilization=0.995")


@operator("fit", *SERVERS)
def videos_of_any_length(one: Manifest) -> Iterator[Edit]:
    for at, _ in _told(one, "--limit-mm-per-prompt"):
        yield drop(at)


@operator("fit", *SERVERS)
def shared_memory_of_a_container(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        mounts = {
            text(mount, "name")
            for _, container in entries(spec, "containers")
            for _, mount in entries(container, "volumeMounts")
            if text(mount, "mountPath") == _SHARED and accelerated(container)
        }
        for place, volume in entries(spec, "volumes"):
            if text(volume, "name") in mounts:
                yield change((*at, *place, "emptyDir", "sizeLimit"), "64Mi")


@operator("fit", *SERVERS)
def memory_below_the_servers(one: Manifest) -> Iterator[Edit]:
    for at, container in _serving(one):
        yield _asking(at, container, memory="300Mi")


@operator("fit", *SERVERS, "RayService")
def disk_below_the_weights(one: Manifest) -> Iterator[Edit]:
    for at, spec in pod_specs(one):
        for place, volume in entries(spec, "volumes"):
            if text(volume, "name") == _WEIGHTS:
                yield change((*at, *place, "emptyDir", "sizeLimit"), "16Mi")


@operator("fit", *SERVERS)
def disk_limit_below_the_volumes(one: Manifest) -> Iterator[Edit]:
    for at, container in _serving(one):
        yield _asking(at, container, **{"ephemeral-storage": "100Mi"})


@operator("fit", "RayService")
def texts_longer_than_the_encoder_reads(one: Manifest) -> Iterator[Edit]:
    serving = text(one.body, "spec", "serveConfigV2")
    yield change(("spec", "serveConfigV2"), serving.replace("context: 512", "context: 2048"))


@operator("fit", "NodePool")
def older_gpus(one: Manifest) -> Iterator[Edit]:
    """T4 in the place of L4: less memory, and no bfloat16."""
    at = ("spec", "template", "spec", "requirements")
    wanted = [entry for _, entry in entries(one.body, *at)]
    if one.name == "gpu-l4":
        older = {"instance-family": ["g4dn"], "instance-gpu-name": ["t4"]}
        yield change(
            at,
            [
                {**entry, "values": older.get(text(entry, "key").rpartition("/")[2], entry["values"])}
                for entry in wanted
            ],
        )
