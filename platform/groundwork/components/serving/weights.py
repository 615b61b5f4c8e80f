"""Weights: where a model's stand in S3, and how they come to the disk of the node that serves it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from groundwork.catalog.accelerators import accelerator
from groundwork.catalog.instances import InstanceType, of_families
from groundwork.catalog.quantities import memory_text, parse_quantity
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.images import own_image
from groundwork.kube.pods import Resources
from groundwork.kube.workload import Init

__all__ = ["BUCKET", "FOLDER", "MANIFEST", "copy", "may_read", "place", "room", "seconds"]

BUCKET = "models"
FOLDER = "/models"
# Written last by the import: without it a folder of the bucket is not a model.
MANIFEST = "groundwork-manifest.json"

# What local NVMe disks take in at least, the network disk of a node with accelerators, and that of any other; bytes a second.
_NVME, _EBS, _GENERAL = 500_000_000, 200_000_000, 100_000_000
# Credentials, the manifest, the first connection.
_SETTING_OUT = 120


def place(site: Site, model: Model) -> str:
    """The folder of the bucket that holds a model's revision. What is imported without one stays what it was that day."""
    return f"s3://{aws.bucket_name(site, BUCKET)}/{model.name}/{model.source.revision or 'unpinned'}/"


def room(model: Model) -> str:
    """What the weights take on a disk, with the tokenizer and a tenth on top."""
    return memory_text(Fraction(model.architecture.bytes_of_weights) * 11 / 10)


def seconds(model: Model) -> int:
    """How long the copy may take: by half the network of the smallest machine that can hold a replica, or by its disk."""
    return _SETTING_OUT + model.architecture.bytes_of_weights // min(
        (_rate(one) for one in _machines(model)), default=_GENERAL
    )


def _machines(model: Model) -> list[InstanceType]:
    if model.hardware.cpu:
        return []
    kind, count = accelerator(model.hardware.accelerator), model.hardware.count
    return [one for one in of_families(kind.families) if one.extended_resources.get(kind.resource, 0) >= count]


def _rate(machine: InstanceType) -> int:
    return min(machine.network_mbps * 1_000_000 // 8 // 2, _NVME if machine.local_nvme_gb else _EBS)


def copy(site: Site, model: Model, server: Resources) -> Init:
    """Before the server starts: what is missing is copied, every file checked; a wrong one is fetched again.

    A pod reserves the larger of what runs before and what runs after, so the copy may use what the server asks for: a
    core or two per file at once, and memory for what is on its way to the disk.
    """
    workers = min(16, max(2, int(parse_quantity(server.cpu)) // 2))
    return Init(
        name="weights",
        image=own_image(site, "s5cmd"),
        resources=Resources(cpu=server.cpu, memory=server.memory, scratch=room(model)),
        command=["python", "-m", "weights"],
        args=[
            "copy",
            place(site, model),
            f"{FOLDER}/{model.name}",
            f"--workers={workers}",
            f"--within={seconds(model)}",
        ],
        env={"AWS_REGION": site.cluster.region},
        within=seconds(model),
    )


def may_read(site: Site, models: Iterable[Model], what: str = "*") -> list[aws.Statement]:
    """The right to read what stands in these models' folders, and to learn what does not."""
    bucket = aws.partition_arn("s3", "", "", aws.bucket_name(site, BUCKET))
    names = sorted(model.name for model in models)
    return [
        aws.allow("s3", ["GetObject"], [f"{bucket}/{name}/{what}" for name in names]),
        aws.allow("s3", ["ListBucket"], bucket, StringLike={"s3:prefix": [f"{name}/*" for name in names]}),
    ]
