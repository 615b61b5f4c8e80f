"""Model servers in a tree, and their room on the node."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from groundwork.findings import Finding
from groundwork.proofs.fit.check import accounts, check
from groundwork.proofs.fit.servers import Server, servers
from groundwork.proofs.intent import Intent
from groundwork.proofs.world import World
from groundwork.tree.reader import Tree
from tests.test_hostile_values import NESTED, SCALARS, changed, places

WorldOf = Callable[..., World]
VLLM = "docker.io/vllm/vllm-openai:v0.30.0"


def deployment(name: str = "server", *, kind: str = "Deployment", **container: Any) -> dict[str, Any]:
    """A workload of one container."""
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "models"},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": name, "image": VLLM, **container}]},
            },
        },
    }


def one(world: World) -> Server:
    """The only server of a cluster."""
    (found,) = servers(world)
    return found


@pytest.mark.parametrize(
    ("container", "engine"),
    [
        ({"image": VLLM}, "vllm"),
        ({"image": "example.com/own:1", "command": ["vllm", "serve", "Qwen/Qwen3-14B"]}, "vllm"),
        ({"image": "public.ecr.aws/neuron/pytorch-inference-vllm-neuronx:0.16.0"}, "neuron"),
        ({"image": "ghcr.io/ggml-org/llama.cpp:server-b1"}, "llama.cpp"),
        ({"image": "lmsysorg/sglang:v0.5", "args": ["--served-model-name=x"]}, "unknown"),
        ({"image": "example.com/own:1", "resources": {"limits": {"nvidia.com/gpu": "1"}}}, "unknown"),
    ],
    ids=["image", "command", "neuron", "llama.cpp", "another engine", "some accelerator"],
)
def test_a_server_is_known_by_its_image_or_by_what_it_is_told(
    world_of: WorldOf, container: dict[str, Any], engine: str
) -> None:
    """What asks for accelerators and answers requests is one, whatever it is."""
    assert one(world_of(deployment(**container))).engine == engine


def test_what_serves_no_model_is_none(world_of: WorldOf) -> None:
    """A web server, and a Job that trains."""
    job = deployment("train", resources={"limits": {"nvidia.com/gpu": "1"}})
    job |= {"apiVersion": "batch/v1", "kind": "Job"}

    assert servers(world_of(deployment(image="nginx:1"), job)) == []


def test_a_shells_command_line_counts_word_by_word(world_of: WorldOf) -> None:
    """Each word stands where the whole line does."""
    line = "exec vllm serve Qwen/Qwen3-14B --served-model-name mine --max-model-len 4096"

    server = one(world_of(deployment(image="example.com/own:1", command=["sh", "-c", line])))

    assert server.engine == "vllm"
    assert (server.name, server.weights) == ("mine", "Qwen/Qwen3-14B")
    assert server.place("--max-model-len") == ("spec", "template", "spec", "containers", 0, "command", 2)


def test_json_in_an_argument_stays_whole(world_of: WorldOf) -> None:
    """Its spaces end no word."""
    word = '--limit-mm-per-prompt={"image": 8, "video": 0}'

    assert one(world_of(deployment(args=["/models/x", word]))).line == ["/models/x", word]


@pytest.mark.parametrize(
    ("args", "weights"),
    [
        (["/models/qwen3-14b", "--port=8000"], "/models/qwen3-14b"),
        (["--port", "8000", "--model", "Qwen/Qwen3-14B"], "Qwen/Qwen3-14B"),
        (["--port=8000"], ""),
    ],
)
def test_weights_are_the_first_argument_or_a_flag(world_of: WorldOf, args: list[str], weights: str) -> None:
    """A path, a repository, or nothing."""
    assert one(world_of(deployment(args=args))).weights == weights


@pytest.mark.parametrize(
    ("limits", "device", "profile"),
    [
        ({"nvidia.com/gpu": "4", "memory": "1Gi"}, ("nvidia.com/gpu", 4), ""),
        ({"nvidia.com/mig-1g.18gb": "1"}, ("nvidia.com/mig-1g.18gb", 1), "1g.18gb"),
        ({"aws.amazon.com/neuroncore": "2"}, ("aws.amazon.com/neuroncore", 2), ""),
        ({"nvidia.com/gpu": "0"}, ("", 0), ""),
        ({"memory": "1Gi"}, ("", 0), ""),
    ],
)
def test_devices_are_what_is_limited(
    world_of: WorldOf, limits: dict[str, str], device: tuple[str, int], profile: str
) -> None:
    """Whole ones, slices, cores; none is none."""
    server = one(world_of(deployment(resources={"limits": limits})))

    assert (server.device, server.profile) == (device, profile)


def test_a_model_is_found_by_its_repository(world_of: WorldOf, intent: Intent) -> None:
    """Where a server loads from the hub, under a name of its own."""
    world = world_of(deployment(args=["Qwen/Qwen3-14B", "--served-model-name=mine"]), intent=intent)

    (account,) = accounts(world)

    assert account.model is not None
    assert account.model.name == "qwen3-14b"


@pytest.mark.parametrize(
    ("volume", "fits"),
    [
        ({"persistentVolumeClaim": {"claimName": "large"}}, True),
        ({"persistentVolumeClaim": {"claimName": "small"}}, False),
        ({"persistentVolumeClaim": {"claimName": "of somebody else"}}, True),
        ({"ephemeral": {"volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "10Gi"}}}}}}, False),
        ({"emptyDir": {}}, True),
        ({"emptyDir": {"sizeLimit": "10Gi"}}, False),
    ],
    ids=["a large claim", "a small claim", "an unknown claim", "a claim of the pod", "no limit", "a limit"],
)
def test_weights_need_room_in_their_volume(
    world_of: WorldOf, intent: Intent, volume: dict[str, Any], *, fits: bool
) -> None:
    """28 GiB of Qwen3-14B; what nobody states is not held against it."""
    server = deployment(args=["/models/qwen3-14b"], volumeMounts=[{"name": "weights", "mountPath": "/models"}])
    server["spec"]["template"]["spec"]["volumes"] = [{"name": "weights", **volume}]
    claims = [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": "models"},
            "spec": {"resources": {"requests": {"storage": size}}},
        }
        for name, size in (("large", "100Gi"), ("small", "10Gi"))
    ]

    found = {one.rule for one in check(world_of(server, *claims, intent=intent))}

    assert ("fit/disk" not in found) == fits


def test_weights_from_the_hub_go_to_the_containers_own_disk(world_of: WorldOf, intent: Intent) -> None:
    """Its limit of ephemeral storage must hold them."""
    server = deployment(args=["Qwen/Qwen3-14B"], resources={"limits": {"ephemeral-storage": "20Gi"}})

    assert "fit/disk" in {one.rule for one in check(world_of(server, intent=intent))}


@pytest.mark.parametrize("seed", range(8))
def test_any_value_in_any_field_is_judged(tree: Tree, intent: Intent, seed: int) -> None:
    """Odd values in servers' own fields, and in their arguments."""
    chance = random.Random(seed)
    odd = [
        *SCALARS,
        *NESTED,
        "--max-model-len=0",
        "--gpu-memory-utilization=nan",
        "--max-num-seqs=-1",
        "--nnodes=0",
        "9" * 40,
    ]
    serving = [one for one in tree if one.component in ("vllm", "llamacpp", "ray-serve") and any(places(one.body))]

    for value in odd:
        body = chance.choice(serving)
        found = [*places(body.body)]
        told = [place for place in found if "args" in place] or found
        spoiled = changed(body, chance.choice(chance.choice([found, told])), value)
        world = World(Tree(tree.root, [spoiled]), spoiled.cluster, intent)

        assert all(isinstance(one, Finding) for one in check(world))
