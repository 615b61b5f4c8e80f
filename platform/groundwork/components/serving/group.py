"""A model over several nodes: what a pod of its group is told beyond what a server on one node is.

Each node computes some of the layers (pipeline parallelism) with all its GPUs (tensor parallelism), so that only activations go
from node to node, by TCP. vLLM's own processes do it: its image brings no Ray.
"""

from __future__ import annotations

from typing import Any

from groundwork.fleet.model import Model
from groundwork.kube.labels import selector_labels
from groundwork.kube.pods import Probes

__all__ = ["beside_leader", "environment", "flags", "follows", "worker"]

# Where the ranks of all nodes find one another first.
_MASTER_PORT = 29501
# Controllers of LeaderWorkerSets count a set's groups by it.
_GROUP = "leaderworkerset.sigs.k8s.io/group-index"


def worker(model: Model) -> str:
    """The name of the pods beside the leader."""
    return f"{model.name}-worker"


def flags(model: Model, *, leads: bool) -> list[str]:
    """Arguments of vLLM; the controller of LeaderWorkerSets says which pod of which group this is."""
    rank = "0" if leads else "$(LWS_WORKER_INDEX)"
    shared = [
        "--distributed-executor-backend=mp",
        f"--pipeline-parallel-size={model.hardware.nodes}",
        f"--nnodes={model.hardware.nodes}",
        f"--node-rank={rank}",
        "--master-addr=$(LWS_LEADER_ADDRESS)",
        f"--master-port={_MASTER_PORT}",
    ]
    return shared if leads else [*shared, "--headless"]


def environment() -> dict[str, Any]:
    """The address that a pod gives the others."""
    return {"VLLM_HOST_IP": {"fieldRef": {"fieldPath": "status.podIP"}}}


def follows(port: int, within: int) -> Probes:
    """A worker serves nothing itself: it is well while its leader answers. If it is not, the whole group starts anew."""
    ask = f"http://{{os.environ['LWS_LEADER_ADDRESS']}}:{port}/health"
    return Probes.command(
        "python3", "-c", f'import os, urllib.request; urllib.request.urlopen(f"{ask}", timeout=4)', within=within
    )


def beside_leader(template: dict[str, Any], model: Model) -> dict[str, Any]:
    """A worker's template, kept in the zone of its leader: every token crosses from node to node, and zones cost and delay.

    The leader looks for nobody. Pods that look for each other and come at once get nodes from Karpenter in zones by chance, as
    it does not count a pod before its zone is certain; the node in the wrong zone would stay empty and use up the pool's limit.
    """
    term = {
        "topologyKey": "topology.kubernetes.io/zone",
        "labelSelector": {"matchLabels": selector_labels(model.name)},
        "matchLabelKeys": [_GROUP],
    }
    spec = template["spec"]
    affinity = spec.get("affinity", {}) | {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    return {**template, "spec": {**spec, "affinity": affinity}}
