"""Accelerators: one device plugin, and devices on every machine."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.live.answers import Answer, State
from groundwork.live.devices import devices
from groundwork.live.kubectl import Kubectl
from groundwork.tree.reader import Tree
from tests.live.cluster import Cluster


def daemon_set(name: str, image: str, path: str = "/var/lib/kubelet/device-plugins") -> dict[str, Any]:
    """A DaemonSet that mounts a folder of its node."""
    pod = {"containers": [{"image": image}], "volumes": [{"name": "x", "hostPath": {"path": path}}, {"name": "tmp"}]}
    return {"metadata": {"name": name, "namespace": "gpu-operator"}, "spec": {"template": {"spec": pod}}}


def node(name: str, pool: str, gpus: str | None) -> dict[str, Any]:
    """A machine of a pool."""
    allocatable = {"cpu": "190"} | ({"nvidia.com/gpu": gpus} if gpus else {})
    labels = {"karpenter.sh/nodepool": pool}
    return {"metadata": {"name": name, "labels": labels}, "status": {"allocatable": allocatable}}


PLUGIN = daemon_set("nvidia-device-plugin-daemonset", "nvcr.io/nvidia/k8s-device-plugin:v0.18.0")
EXPORTER = daemon_set("nvidia-dcgm-exporter", "nvcr.io/nvidia/k8s/dcgm-exporter:4.4", "/var/lib/kubelet/pod-resources")
EFA = daemon_set("aws-efa-k8s-device-plugin", "public.ecr.aws/eks/aws-efa-k8s-device-plugin:v0.5.6")


def plugin_answer(tree: Tree, cluster: str) -> Answer:
    """What is said of the plugins for NVIDIA's GPUs."""
    return next(one for one in devices(tree, cluster, Kubectl()) if one.claim.endswith("of ours offers nvidia.com/gpu"))


@pytest.mark.parametrize(
    ("daemon_sets", "state"),
    [
        ([PLUGIN, EXPORTER, EFA], State.TRUE),
        ([EXPORTER], State.FALSE),
        ([PLUGIN, daemon_set("nvdp-nvidia-device-plugin", "nvcr.io/nvidia/k8s-device-plugin:v0.17.1")], State.FALSE),
    ],
)
def test_nodes_of_our_own_have_one_plugin(
    karpenter: Cluster, karpenter_tree: Tree, daemon_sets: list[dict[str, Any]], state: State
) -> None:
    """None offers nothing, two take devices from each other. Exporters and plugins for other devices do not count."""
    karpenter.answer("daemonsets.apps", {"items": daemon_sets})

    assert state is plugin_answer(karpenter_tree, "prod-us-east-2").state


@pytest.mark.parametrize(("daemon_sets", "state"), [([EXPORTER], State.TRUE), ([PLUGIN], State.FALSE)])
def test_auto_mode_brings_its_own(
    auto: Cluster, auto_tree: Tree, daemon_sets: list[dict[str, Any]], state: State
) -> None:
    """One of ours would be the second."""
    auto.answer("daemonsets.apps", {"items": daemon_sets})

    assert state is plugin_answer(auto_tree, "prod-us-east-1").state


@pytest.mark.parametrize(
    ("gpus", "state", "found"),
    [
        (["8", "8"], State.TRUE, "2 with 8"),
        (["8", "0"], State.FALSE, "not ip-1"),
        (["8", None], State.FALSE, "not ip-1"),
        ([], State.OPEN, "none is running now"),
    ],
)
def test_every_machine_of_a_pool_offers_its_devices(
    karpenter: Cluster, karpenter_tree: Tree, gpus: list[str | None], state: State, found: str
) -> None:
    """A driver that did not load offers none."""
    karpenter.answer("nodes", {"items": [node(f"ip-{index}", "gpu-h200", one) for index, one in enumerate(gpus)]})

    answers = devices(karpenter_tree, "prod-us-east-2", Kubectl())

    (h200,) = [one for one in answers if "pool gpu-h200 " in one.claim]
    assert (state, found) == (h200.state, h200.found)
