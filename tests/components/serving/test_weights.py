"""Weights: a copy whose budget, room and means follow from the model's size and its machine."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from groundwork.catalog.instances import instance_type
from groundwork.catalog.quantities import parse_quantity
from groundwork.components.serving import weights
from groundwork.components.serving.vllm import Vllm

_REVISION = "0123456789abcdef0123456789abcdef01234567"


def pinned(model: Any) -> Any:
    """The model with a revision."""
    return model.model_copy(update={"source": model.source.model_copy(update={"revision": _REVISION})})


def test_a_revision_has_its_own_folder(fleet: Any, site: Any) -> None:
    """A rollback finds the old weights where they were."""
    model, bucket = fleet.models["qwen3-4b"], "s3://acme-dev-us-east-1-models-111122223333"

    assert weights.place(site("dev-us-east-1"), pinned(model)) == f"{bucket}/qwen3-4b/{_REVISION}/"
    assert weights.place(site("dev-us-east-1"), model) == f"{bucket}/qwen3-4b/unpinned/"


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        # 8 GB over half of a g6.xlarge's 2.5 Gbit/s.
        ("qwen3-4b", 120 + 40, 120 + 80),
        # 30 GB on four L4: machines with 40 Gbit/s, so the disks bound it.
        ("qwen3-14b", 120 + 50, 120 + 90),
        # 704 GiB on a p5en: a real deployment took 15 minutes; the budget is less than twice that.
        ("glm-5-fp8", 20 * 60, 30 * 60),
    ],
)
def test_the_budget_follows_from_size_and_machine(fleet: Any, name: str, least: int, most: int) -> None:
    """Too short and a slow day is a failure, too long and a failure is a slow day."""
    assert least <= weights.seconds(fleet.models[name]) <= most


def test_the_volume_holds_the_weights_and_a_tenth(fleet: Any) -> None:
    """A volume that is too small evicts the pod while it copies."""
    model = fleet.models["glm-5-fp8"]

    assert parse_quantity(weights.room(model)) >= Fraction(model.architecture.bytes_of_weights) * 11 / 10


def test_the_copy_asks_for_no_more_than_the_server(render: Any, site: Any, find: Any) -> None:
    """A pod reserves the larger of both: the copy is fast for nothing."""
    pod = find(render(Vllm, site("prod-us-east-2")), "Deployment", "glm-5-fp8")["spec"]["template"]["spec"]
    (copy,), (server,) = pod["initContainers"], pod["containers"]

    assert [copy["resources"]["requests"][key] for key in ("cpu", "memory")] == [
        server["resources"]["requests"][key] for key in ("cpu", "memory")
    ]
    assert "--workers=16" in copy["args"]
    assert "nvidia.com/gpu" not in copy["resources"]["limits"]


def test_glm_5_starts_on_one_p5en_and_rolls_there(render: Any, site: Any, find: Any) -> None:
    """704 GiB: memory, disks, shared memory, the time to copy and load, and a rollout without a second node."""
    deployment = find(render(Vllm, site("prod-us-east-2")), "Deployment", "glm-5-fp8")
    pod, machine = deployment["spec"]["template"]["spec"], instance_type("p5en.48xlarge")
    (copy,), (server,) = pod["initContainers"], pod["containers"]
    limits = server["resources"]["limits"]
    volumes = {one["name"]: one["emptyDir"] for one in pod["volumes"]}

    # Memory: half of the weights on their way through, shared memory, and the processes of eight ranks.
    assert 404 * 1024**3 <= parse_quantity(limits["memory"]) <= machine.allocatable_memory_mib * 1024**2
    assert volumes["shared"] == {"medium": "Memory", "sizeLimit": "16Gi"}
    assert limits["nvidia.com/gpu"] == "8"
    # Disk: one array of eight times 3.84 TB, which the kubelet uses for volumes.
    assert parse_quantity(volumes["models"]["sizeLimit"]) >= 756_160_000_000
    assert parse_quantity(limits["ephemeral-storage"]) <= machine.local_nvme_gb * 1_000_000_000
    # Time: half an hour for the copy, then 40 minutes to load; a rollout is given both, twice.
    startup = server["startupProbe"]["periodSeconds"] * server["startupProbe"]["failureThreshold"]
    within = int(next(one for one in copy["args"] if one.startswith("--within=")).partition("=")[2])
    assert startup >= 40 * 60
    assert deployment["spec"]["progressDeadlineSeconds"] >= 2 * (startup + within)
    # Rollout: the eight GPUs are there once. Answers that stream are finished first.
    assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}
    assert pod["terminationGracePeriodSeconds"] == 600
