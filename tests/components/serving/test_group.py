"""A model over two nodes: one group that comes and goes together, and finds itself."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.serving.vllm import Vllm
from groundwork.kube.flow import EVERY_PORT

MODEL = "glm-46"


@pytest.fixture(scope="module")
def rendering(render: Any, site: Any) -> Any:
    """The component in the cluster with the large models."""
    return render(Vllm, site("prod-us-east-2"))


@pytest.fixture(scope="module")
def group(rendering: Any, find: Any) -> Any:
    """The LeaderWorkerSet's spec."""
    return find(rendering, "LeaderWorkerSet", f"{MODEL}-group")["spec"]


def pods(group: Any) -> tuple[Any, Any]:
    """The leader's template and the workers'."""
    both = group["leaderWorkerTemplate"]
    return both["leaderTemplate"], both["workerTemplate"]


def arguments(pod: Any) -> list[str]:
    """Of the model server's container."""
    found: list[str] = pod["spec"]["containers"][0]["args"]
    return found


def test_nodes_share_the_layers_and_the_gpus_of_a_node_the_heads(group: Any) -> None:
    """Between nodes only activations travel; within a node tensors do, over NVLink."""
    for pod in pods(group):
        assert {"--tensor-parallel-size=8", "--pipeline-parallel-size=2", "--nnodes=2"} <= set(arguments(pod))
        assert pod["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "8"
    assert group["leaderWorkerTemplate"]["size"] == 2


def test_each_pod_knows_its_place_in_the_group(group: Any) -> None:
    """The leader is the first and answers; workers take their number from the controller and answer nobody."""
    leader, worker = pods(group)

    assert "--node-rank=0" in arguments(leader)
    assert "--headless" not in arguments(leader)
    assert {"--node-rank=$(LWS_WORKER_INDEX)", "--headless"} <= set(arguments(worker))
    assert "--master-addr=$(LWS_LEADER_ADDRESS)" in arguments(worker)


def test_a_group_fails_and_rolls_as_one(group: Any) -> None:
    """A rank alone is of no use; a second group would need two more nodes."""
    assert group["leaderWorkerTemplate"]["restartPolicy"] == "RecreateGroupOnPodRestart"
    assert group["rolloutStrategy"]["rollingUpdateConfiguration"] == {"maxSurge": 0, "maxUnavailable": 1}


def test_the_set_has_another_name_than_the_models_service(rendering: Any, find: Any) -> None:
    """Its controller makes a headless Service of its name, which would be the gateway's one."""
    service = find(rendering, "Service", MODEL)

    assert service["spec"]["selector"] == {"app.kubernetes.io/name": MODEL}
    names = [made.body["metadata"]["name"] for made in rendering.objects if made.body["kind"] == "LeaderWorkerSet"]
    assert names == [f"{MODEL}-group"]


def test_only_members_reach_one_another_on_every_port(rendering: Any) -> None:
    """Ranks choose ports as they start."""
    ends = {
        (dict(flow.source.labels)["app.kubernetes.io/name"], dict(flow.target.labels)["app.kubernetes.io/name"])
        for flow in rendering.flows
        if flow.port == EVERY_PORT
    }

    assert ends == {(MODEL, f"{MODEL}-worker"), (f"{MODEL}-worker", MODEL), (f"{MODEL}-worker", f"{MODEL}-worker")}


def test_workers_look_for_their_leader_and_the_leader_for_nobody(group: Any) -> None:
    """Every token crosses from node to node, so a group keeps to one zone; two that look for each other may get two zones."""
    leader, worker = pods(group)
    (term,) = worker["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]

    assert term["topologyKey"] == "topology.kubernetes.io/zone"
    assert term["labelSelector"]["matchLabels"].items() <= leader["metadata"]["labels"].items()
    assert not term["labelSelector"]["matchLabels"].items() <= worker["metadata"]["labels"].items()
    assert term["matchLabelKeys"] == ["leaderworkerset.sigs.k8s.io/group-index"]
    assert "podAffinity" not in leader["spec"]["affinity"]
    assert leader["spec"]["affinity"].items() <= worker["spec"]["affinity"].items()


def test_a_worker_is_well_while_its_leader_answers(group: Any) -> None:
    """It has no port to ask; and it is granted as long to start as the leader is."""
    leader, worker = (pod["spec"]["containers"][0] for pod in pods(group))

    assert "LWS_LEADER_ADDRESS" in worker["readinessProbe"]["exec"]["command"][-1]
    assert worker["startupProbe"]["failureThreshold"] == leader["startupProbe"]["failureThreshold"]


def test_the_scaler_moves_whole_groups(rendering: Any, find: Any) -> None:
    """A sleeping group is woken by requests at the gateway, as any other model is."""
    scaler = find(rendering, "ScaledObject", MODEL)["spec"]

    assert (scaler["scaleTargetRef"]["kind"], scaler["scaleTargetRef"]["name"]) == ("LeaderWorkerSet", f"{MODEL}-group")
    assert [trigger["name"] for trigger in scaler["triggers"]] == ["load", "asked-for"]


def test_both_pods_may_read_the_weights(rendering: Any, find: Any) -> None:
    """Each node has its own copy."""
    for name in (MODEL, f"{MODEL}-worker"):
        policy = find(rendering, "Role", name)["spec"]["inlinePolicies"]["access"]
        assert f"models-111122223333/{MODEL}/*" in policy


def test_the_quota_counts_every_pod_of_a_group(rendering: Any) -> None:
    """Sixteen GPUs, not eight."""
    gpus = [
        demand.replicas.peak * resources.accelerators["nvidia.com/gpu"]
        for demand in rendering.demands
        for resources in demand.resources
        if resources.accelerators.get("nvidia.com/gpu") == 8
    ]

    assert sum(gpus) == 2 * 8 + 16  # two replicas of glm-5-fp8, and this group
