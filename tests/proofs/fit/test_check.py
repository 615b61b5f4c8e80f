"""The verdict on model servers: of the committed fleet, and of what is wrong with one of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from groundwork.findings import Finding, Severity
from groundwork.proofs.fields import value_at
from groundwork.proofs.fit.check import accounts, check
from groundwork.proofs.intent import Intent
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

Edit = Callable[[dict[str, Any]], object]
Judged = Callable[..., list[Finding]]

DEV, AUTO, OWN = "dev-us-east-1", "prod-us-east-1", "prod-us-east-2"
POD = ("spec", "template", "spec")
VALUES = ("spec", "sources", 1, "helm", "valuesObject")
GROUP = ("spec", "leaderWorkerTemplate", "workerTemplate", "spec")


@pytest.fixture
def judged(tree: Tree, intent: Intent) -> Judged:
    """What is found in a cluster after one of its servers was edited."""

    def find(cluster: str, name: str, edit: Edit) -> list[Finding]:
        manifests = [one for one in tree if one.cluster == cluster]
        index = next(
            place
            for place, one in enumerate(manifests)
            if one.name == name
            and one.component in ("vllm", "llamacpp", "ray-serve")
            and one.kind in ("Deployment", "LeaderWorkerSet", "RayService")
        )
        one = manifests[index]
        body = copy.deepcopy(one.body)
        edit(body)
        assert body != one.body, "the edit changed nothing"
        manifests[index] = Manifest(one.cluster, one.component, one.path, body)
        return list(check(World(Tree(tree.root, manifests), cluster, intent)))

    return find


def told(flag: str, value: str, at: tuple[str, ...] = POD) -> Edit:
    """Another value of a flag, or the flag besides."""

    def edit(body: dict[str, Any]) -> None:
        args = value_at(body, *at, "containers", 0, "args")
        word = f"{flag}={value}" if value else flag
        args[:] = [one for one in args if not one.startswith(f"{flag}=")] + [word]

    return edit


def follows(flag: str, value: str) -> Edit:
    """Another value behind a flag of llama.cpp."""

    def edit(body: dict[str, Any]) -> None:
        args = value_at(body, *POD, "containers", 0, "args")
        args[args.index(flag) + 1] = value

    return edit


def limited(resource: str, amount: str | None, at: tuple[str, ...] = POD) -> Edit:
    """Another limit and request of the container that serves; None takes both away."""

    def edit(body: dict[str, Any]) -> None:
        for which in ("requests", "limits"):
            amounts = value_at(body, *at, "containers", 0, "resources", which)
            amounts.pop(resource, None)
            if amount is not None:
                amounts[resource] = amount

    return edit


def volume(name: str, changed: dict[str, Any] | None, at: tuple[str, ...] = POD) -> Edit:
    """Another source of a volume; None takes the volume and its mount away."""

    def edit(body: dict[str, Any]) -> None:
        spec = value_at(body, *at)
        rest = [one for one in spec["volumes"] if one["name"] != name]
        spec["volumes"] = rest if changed is None else [*rest, {"name": name, **changed}]
        if changed is None:
            mounts = spec["containers"][0]["volumeMounts"]
            mounts[:] = [one for one in mounts if one["name"] != name]

    return edit


def serving(key: str, value: int) -> Edit:
    """Another setting of Ray's application."""

    def edit(body: dict[str, Any]) -> None:
        body["spec"]["serveConfigV2"] = (
            body["spec"]["serveConfigV2"]
            .replace(f"{key}: 8\n", f"{key}: {value}\n")
            .replace(f"{key}: 512\n", f"{key}: {value}\n")
        )

    return edit


def image(name: str) -> Edit:
    """Another image of the container that serves."""
    return lambda body: value_at(body, *POD, "containers", 0).update(image=name)


@pytest.mark.parametrize("cluster", [DEV, AUTO, OWN])
def test_the_fleet_fits(tree: Tree, intent: Intent, cluster: str) -> None:
    """Every model server has a verdict, and nothing is refused, tight or undecided."""
    world = World(Tree(tree.root, [one for one in tree if one.cluster == cluster]), cluster, intent)

    assert list(check(world)) == []
    assert all(one.sizes and one.memory and not one.undecided for one in accounts(world))


def test_every_model_that_a_cluster_carries_is_accounted_for(tree: Tree, intent: Intent) -> None:
    """By the names that clusters declare."""
    for cluster in (DEV, AUTO, OWN):
        world = World(Tree(tree.root, [one for one in tree if one.cluster == cluster]), cluster, intent)

        assert {one.server.name for one in accounts(world)} == set(intent.carried[cluster])


@pytest.mark.parametrize(
    ("cluster", "server", "edit", "rule"),
    [
        pytest.param(AUTO, "qwen3-14b", told("--max-model-len", "16384"), "fit/declared", id="shorter than declared"),
        pytest.param(AUTO, "qwen3-14b", told("--max-num-seqs", "2"), "fit/declared", id="fewer than declared"),
        pytest.param(AUTO, "qwen3-14b", told("--max-model-len", "65536"), "fit/context", id="longer than positions"),
        pytest.param(
            AUTO, "qwen3-4b-2507", told("--max-model-len", "131072"), "fit/context", id="longer than the cache"
        ),
        pytest.param(AUTO, "qwen3-4b", told("--max-model-len", "32768"), "fit/concurrency", id="too many at once"),
        pytest.param(
            AUTO, "qwen3-4b", told("--gpu-memory-utilization", "0.35"), "fit/weights", id="a share below the weights"
        ),
        pytest.param(
            AUTO, "qwen3-4b", told("--gpu-memory-utilization", "0.99"), "fit/utilization", id="a share without a rest"
        ),
        pytest.param(AUTO, "qwen3-4b", told("--gpu-memory-utilization", "0.79"), "fit/tight", id="hardly enough"),
        pytest.param(AUTO, "qwen3-4b", told("--dtype", "float32"), "fit/concurrency", id="twice as wide"),
        pytest.param(AUTO, "qwen3-14b", told("--tensor-parallel-size", "3"), "fit/divisible", id="40 heads over 3"),
        pytest.param(AUTO, "qwen3-14b", told("--tensor-parallel-size", "2"), "fit/parallel", id="idle GPUs"),
        pytest.param(AUTO, "qwen3-14b", limited("nvidia.com/gpu", "2"), "fit/parallel", id="half of the GPUs"),
        pytest.param(AUTO, "qwen3-14b", limited("nvidia.com/gpu", None), "fit/parallel", id="no GPU"),
        pytest.param(
            AUTO, "llama31-8b", told("--tensor-parallel-size", "1"), "fit/parallel", id="half of a Neuron chip"
        ),
        pytest.param(
            AUTO, "llama31-8b", told("--max-num-seqs", "40"), "fit/concurrency", id="more than is compiled in"
        ),
        pytest.param(
            AUTO, "llama31-8b", told("--quantization", "fp8"), "fit/dtype", id="weights made smaller for Neuron"
        ),
        pytest.param(AUTO, "qwen3-14b", limited("memory", "8Gi"), "fit/host-memory", id="little memory"),
        pytest.param(AUTO, "llama31-8b", limited("memory", "16Gi"), "fit/host-memory", id="little memory for Neuron"),
        pytest.param(DEV, "qwen3-1-7b", limited("memory", "3Gi"), "fit/host-memory", id="little memory for llama.cpp"),
        pytest.param(
            AUTO,
            "arctic-embed-s",
            lambda body: ray(body, "memory", "1Gi"),
            "fit/host-memory",
            id="little memory for Ray",
        ),
        pytest.param(AUTO, "qwen3-14b", volume("shared", None), "fit/shared-memory", id="no shared memory"),
        pytest.param(
            AUTO,
            "qwen3-14b",
            volume("shared", {"emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}),
            "fit/shared-memory",
            id="tiny shared memory",
        ),
        pytest.param(
            AUTO, "qwen3-14b", volume("shared", {"emptyDir": {}}), "fit/shared-memory", id="shared memory on a disk"
        ),
        pytest.param(
            AUTO, "qwen3-14b", volume("models", {"emptyDir": {"sizeLimit": "8Gi"}}), "fit/disk", id="small volume"
        ),
        pytest.param(
            AUTO, "qwen3-14b", limited("ephemeral-storage", "20Gi"), "fit/disk", id="volumes beyond the limit"
        ),
        pytest.param(AUTO, "qwen3-14b", image("lmsysorg/sglang:v0.5"), "fit/undecided", id="another engine"),
        pytest.param(AUTO, "qwen3-14b", told("--speculative-config", "{}"), "fit/undecided", id="a draft model"),
        pytest.param(
            AUTO, "qwen3-14b", told("--quantization", "bitsandbytes"), "fit/undecided", id="another quantisation"
        ),
        pytest.param(
            AUTO,
            "qwen25-vl-7b",
            told("--limit-mm-per-prompt", '{"image": 8}'),
            "fit/undecided",
            id="videos of any length",
        ),
        pytest.param(
            AUTO,
            "qwen25-vl-7b",
            told("--limit-mm-per-prompt", '{"image": 1, "video": 0}'),
            "fit/declared",
            id="fewer images than declared",
        ),
        pytest.param(AUTO, "qwen3-14b", told("--served-model-name", "mine"), None, id="another name for callers"),
        pytest.param(AUTO, "qwen3-14b", image("vllm/vllm-openai:v0.29.1"), None, id="an earlier version"),
        pytest.param(AUTO, "qwen3-14b", told("--kv-cache-dtype", "fp8"), None, id="a smaller cache"),
        pytest.param(DEV, "qwen3-1-7b", follows("--ctx-size", "65536"), "fit/declared", id="more for llama.cpp"),
        pytest.param(DEV, "qwen3-1-7b", follows("--ctx-size", "0"), "fit/host-memory", id="all positions of llama.cpp"),
        pytest.param(DEV, "qwen3-1-7b", follows("--parallel", "1"), "fit/declared", id="fewer for llama.cpp"),
        pytest.param(AUTO, "arctic-embed-s", serving("slots", 4), "fit/declared", id="fewer for Ray"),
        pytest.param(
            AUTO, "arctic-embed-s", serving("context", 1024), "fit/context", id="longer than positions for Ray"
        ),
        pytest.param(
            OWN, "glm-46-group", told("--pipeline-parallel-size", "1", GROUP), "fit/parallel", id="a worker alone"
        ),
        pytest.param(OWN, "glm-46-group", told("--nnodes", "3", GROUP), "fit/parallel", id="more nodes than pods"),
        pytest.param(
            OWN,
            "glm-46-group",
            lambda body: value_at(body, "spec", "leaderWorkerTemplate").update(size=3),
            "fit/parallel",
            id="more pods than nodes",
        ),
        pytest.param(OWN, "glm-5-fp8", told("--max-model-len", "202752"), "fit/concurrency", id="GLM-5 at full length"),
        pytest.param(
            OWN, "glm-5-fp8", told("--max-num-batched-tokens", "262144"), "fit/weights", id="too much at once"
        ),
    ],
)
def test_what_does_not_fit_is_refused(judged: Judged, cluster: str, server: str, edit: Edit, rule: str | None) -> None:
    """By one rule at the least; None: the change is none of the proof's affairs."""
    found = judged(cluster, server, edit)

    assert (rule in {one.rule for one in found}) if rule else found == []


def ray(body: dict[str, Any], resource: str, amount: str) -> None:
    """Another limit of Ray's workers."""
    group = ("spec", "rayClusterConfig", "workerGroupSpecs", 0, "template", "spec")
    value_at(body, *group, "containers", 0, "resources", "limits")[resource] = amount


def test_llmkube_1320_more_processes_than_gpus(judged: Judged) -> None:
    """A sample that asked for tensor parallelism 8 on 2 GPUs was admitted; here the finding stands at the flag and says both numbers."""

    def edit(body: dict[str, Any]) -> None:
        limited("nvidia.com/gpu", "2")(body)
        told("--tensor-parallel-size", "8")(body)

    found = [one for one in judged(AUTO, "qwen3-14b", edit) if one.rule == "fit/parallel"]

    assert [one.problem for one in found] == ["qwen3-14b: starts 8 processes, and asks for 2 nvidia.com/gpu"]
    assert found[0].pointer[:-1] == (*POD, "containers", 0, "args")
    assert "--tensor-parallel-size=2" in found[0].fix


@pytest.mark.parametrize("words", [("--quantization", "bitsandbytes"), ("--data-parallel-size", "2")])
def test_what_the_arithmetic_does_not_cover_is_undecided_and_nothing_else(
    judged: Judged, words: tuple[str, str]
) -> None:
    """Rather than refused for a reason that may be wrong."""

    def edit(body: dict[str, Any]) -> None:
        told(*words)(body)
        told("--tensor-parallel-size", "4" if words[0] == "--quantization" else "2")(body)

    found = judged(AUTO, "qwen3-14b", edit)

    assert [one.rule for one in found] == ["fit/undecided"]
    assert words[0].strip("-").partition("-")[0] in found[0].problem


def test_production_stack_1047_half_a_gpu_is_none(judged: Judged) -> None:
    """`requestGPU: 0.5` rendered no request at all, and two replicas shared a card."""

    def edit(body: dict[str, Any]) -> None:
        limited("nvidia.com/gpu", None)(body)
        body["spec"]["replicas"] = 2

    found = judged(AUTO, "qwen3-4b", edit)

    assert "qwen3-4b: starts a process for each of 1 GPUs, and asks for none" in {one.problem for one in found}


def test_a_finding_says_by_how_much_and_what_would_fit(judged: Judged) -> None:
    """The length that fits, for one and for all, and the cheapest GPUs that hold what was asked for."""
    found = judged(AUTO, "qwen3-4b", told("--max-model-len", "40960"))

    one = next(one for one in found if one.rule == "fit/concurrency")
    assert "4 requests of 40960 tokens take 22.5 GiB, and the cache has 12.2" in one.problem
    assert (
        one.fix
        == "Take a context of at most 22272 tokens for 4 at once (40960 for one), or `hardware: {gpu: l40s, count: 1}`."
    )


def test_the_smallest_machine_of_a_pool_decides(tree: Tree, intent: Intent) -> None:
    """A pool that may also buy A10G, which have a little less, is judged by them; one that may buy T4 has no bfloat16."""
    kinds: dict[str, list[Finding]] = {}
    for family in ("g4dn", "g5"):
        manifests = []
        for one in tree:
            body = one.body
            if one.cluster == AUTO and (one.kind, one.name) == ("NodePool", "gpu-l4"):
                body = json.loads(
                    json.dumps(body)
                    .replace('["g6", "gr6"]', f'["g6", "{family}"]')
                    .replace('"l4"]', '"l4", "t4", "a10g"]')
                )
                assert body != one.body
            manifests.append(replace(one, body=body) if one.cluster == AUTO else one)
        kinds[family] = list(check(World(Tree(tree.root, manifests), AUTO, intent)))

    assert {(one.rule, one.problem.partition(": ")[2]) for one in kinds["g4dn"]} == {
        ("fit/dtype", "t4 does not serve weights of bfloat16")
    }
    assert kinds["g5"] == []


def test_a_slice_of_a_gpu_has_its_part_of_the_memory(tree: Tree, intent: Intent) -> None:
    """Two of the eight parts of an H200 hold a small model, with the tokens that they have room for; one part does not."""
    found = {}
    for profile in ("1g.18gb", "1g.35gb"):
        manifests = [one for one in tree if one.cluster == OWN]
        index = next(place for place, one in enumerate(manifests) if (one.kind, one.name) == ("Deployment", "qwen3-4b"))
        body = copy.deepcopy(manifests[index].body)
        limited("nvidia.com/gpu", None)(body)
        limited(f"nvidia.com/mig-{profile}", "1")(body)
        value_at(body, *POD)["nodeSelector"] = {"groundwork.dev/accelerator": "h200"}
        manifests[index] = replace(manifests[index], body=body)
        chart = next(at for at, one in enumerate(manifests) if (one.kind, one.name) == ("Application", "karpenter"))
        manifests[chart] = replace(manifests[chart], body=copy.deepcopy(manifests[chart].body))
        value_at(manifests[chart].body, *VALUES, "settings", "featureGates")["nodeOverlay"] = True
        overlay = {
            "apiVersion": "karpenter.sh/v1alpha1",
            "kind": "NodeOverlay",
            "metadata": {"name": "slices"},
            "spec": {
                "requirements": [{"key": "karpenter.sh/nodepool", "operator": "In", "values": ["gpu-h200"]}],
                "capacity": {f"nvidia.com/mig-{profile}": "7"},
            },
        }
        manifests.append(Manifest(OWN, "node-pools", manifests[0].path, overlay))
        world = World(Tree(tree.root, manifests), OWN, intent)
        found[profile] = next(one for one in accounts(world) if one.server.name == "qwen3-4b")

    assert [one.rule for one in found["1g.35gb"].alone] == []
    assert found["1g.35gb"].runs_on == "1 x h200 1g.35gb"
    assert [one.rule for one in found["1g.18gb"].alone] == ["fit/concurrency"]


def test_without_declarations_it_is_undecided_once(tree: Tree) -> None:
    """What needs no architecture is judged all the same."""
    world = World(Tree(tree.root, [one for one in tree if one.cluster == AUTO]), AUTO, None)

    found = list(check(world))

    assert [(one.rule, one.severity) for one in found] == [("fit/undecided", Severity.UNDECIDED)]
    assert "qwen3-14b" in found[0].problem


def test_a_model_that_nobody_declares_is_undecided(tree: Tree, intent: Intent) -> None:
    """Others of the cluster are judged."""
    fewer = replace(intent, models={name: model for name, model in intent.models.items() if name != "qwen3-14b"})
    world = World(Tree(tree.root, [one for one in tree if one.cluster == AUTO]), AUTO, fewer)

    found = list(check(world))

    assert [one.rule for one in found] == ["fit/undecided"]
    assert found[0].subject is not None
    assert found[0].subject.name == "qwen3-14b"


@pytest.mark.parametrize("pool", ["gpu-l40s", "neuron-inferentia2"])
def test_a_server_without_a_machine_is_undecided(tree: Tree, intent: Intent, pool: str) -> None:
    """Where no pool buys what it asks for; why, the proof of placement says."""
    others = [one for one in tree if one.cluster == AUTO and (one.kind, one.name) != ("NodePool", pool)]

    found = list(check(World(Tree(tree.root, others), AUTO, intent)))

    assert [one.rule for one in found] == ["fit/undecided"]
    assert "no NodePool" in found[0].problem


def test_clusters_differ_in_what_they_declare(tree: Tree, intent: Intent) -> None:
    """What a cluster says of a model counts there."""
    here = {**intent.carried, AUTO: {**intent.carried[AUTO], "qwen3-14b": {"concurrency": 7}}}
    world = World(Tree(tree.root, [one for one in tree if one.cluster == AUTO]), AUTO, replace(intent, carried=here))

    assert [one.rule for one in check(world)] == ["fit/declared"]
