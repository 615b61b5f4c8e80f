"""A model over several nodes: what a pod of its group is told beyond what a server on one node is.

Each node computes some of the layers (pipeline parallelism) with all its GPUs (tensor parallelism), so that only activations go
from node to node, by TCP. vLLM's own processes do it: its image brings no Ray.
"""

from __future__ import annotations

from typing import Any

from groundwork.fleet.model import Model
from groundwork.kube.pods import Probes

__all__ = ["environment", "flags", "follows", "labels", "one_zone", "worker"]

# Where the ranks of all nodes find one another first.
_MASTER_PORT = 29501
_GROUP = "groundwork.dev/group"


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


def labels(model: Model) -> dict[str, str]:
    """What all pods of the model's groups carry."""
    return {_GROUP: model.name}


def one_zone(template: dict[str, Any], model: Model) -> dict[str, Any]:
    """The same template, kept in the zone of its group: every token crosses from node to node, and zones cost and delay."""
    term = {"topologyKey": "topology.kubernetes.io/zone", "labelSelector": {"matchLabels": labels(model)}}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    return {**template, "spec": {**template["spec"], "affinity": affinity}}
