"""vLLM: one server per declared model, its weights copied from S3 to the node's own disks before it starts."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from groundwork.catalog.accelerators import accelerator
from groundwork.catalog.quantities import memory_text, parse_quantity
from groundwork.components.compute.node_pools import accelerator_placement
from groundwork.components.serving import adapters, group, weights
from groundwork.components.serving.server import SERVERS, ModelServer
from groundwork.fleet.model import Model
from groundwork.kube.alert import alert
from groundwork.kube.flow import EVERY_PORT
from groundwork.kube.labels import SYNC_WAVE
from groundwork.kube.pods import Probes, Replicas, Resources, Volume
from groundwork.kube.ports import Port

_HTTP = Port.http(8000, metrics="/metrics")
_CACHE = "/cache"
_GI = 1024**3
_CACHE_SIZE = 20 * _GI
# Images that were prepared once; vLLM's own default.
_IMAGES = 4 * _GI
# Programs for Inferentia2 are compiled at the first start of a pod; all of it happens on the one disk that is large enough.
_NEURON = {
    "BASE_COMPILE_WORK_DIR": f"{_CACHE}/neuron/work/",
    "NEURON_COMPILED_ARTIFACTS": f"{_CACHE}/neuron/programs",
    "NEURON_COMPILE_CACHE_URL": f"{_CACHE}/neuron/cache",
    "VLLM_NEURON_FRAMEWORK": "neuronx-distributed-inference",
}
# Two thirds of what one NVMe disk of the smallest GPU instances reads, in bytes a second.
_LOAD_RATE = 500_000_000
# How long answers may still take when a pod is asked to stop, in seconds; vLLM would drop them at once.
_DRAIN = 570
# Prefix caching and chunked prefill are vLLM's defaults on GPUs. On Inferentia2 a cache of prefixes takes blocks that its programs
# are not compiled for, and that older line knows neither of the last two.
_FLAGS = {
    "gpu": [
        "--gpu-memory-utilization=0.92",
        f"--shutdown-timeout={_DRAIN}",
        "--disable-access-log-for-endpoints=/health,/metrics",
    ],
    "neuron": ["--no-enable-prefix-caching"],
}
# CUDA graphs, or the compiler of Neuron programs, before the first request can be answered; in seconds.
_WARM_UP = {"gpu": 900, "neuron": 3600}


class Vllm(ModelServer):
    """A vLLM server per model that asks for it; one over several nodes is a LeaderWorkerSet.

    Needs KEDA and Prometheus for scaling, the accelerator's node pool, and the weights in the models bucket; for several nodes
    the controller of LeaderWorkerSets.
    Upstream: catalog/versions.yaml, `vllm` and `vllm-neuron`.
    """

    engine = "vllm"
    port = _HTTP

    def serve(self, model: Model) -> None:
        if model.hardware.nodes > 1:
            self._group(model)
            return
        pods = self._pods(model, _arguments(model))
        if model.adapters:
            pods = adapters.beside(self.site, model, pods, _HTTP.number)
        # A second pod would need a second GPU node: the old one goes first.
        self.workload(model.name, **pods, probes=_probes(model), surge=False, wave=SERVERS)
        self.read_weights(model)
        self.scale(model, _load(model), _probes(model))
        if model.adapters:
            self._adapters(model)

    def _adapters(self, model: Model) -> None:
        """What is declared is no part of the pods: they see it change."""
        name = adapters.listing(model)
        self.object("v1", "ConfigMap", name, data=adapters.declared(self.site, model))
        rule = alert(
            "AdapterMissing",
            adapters.missing(model),
            after="15m",
            severity="warning",
            summary="{{ $labels.pod }} serves fewer adapters than are declared",
            description="Requests for the missing ones fail at this replica; the model itself answers.",
            runbook=f"kubectl --namespace {self.namespace} logs {{{{ $labels.pod }}}} --container adapters: no manifest in the folder"
            " (the run that makes it has not finished), a rank above the declared one, or an adapter of another model.",
        )
        groups = [{"name": name, "rules": [rule]}]
        self.object("monitoring.coreos.com/v1", "PrometheusRule", name, spec={"groups": groups})

    def _pods(self, model: Model, arguments: list[str]) -> dict[str, Any]:
        """What all pods of a replica have in common."""
        disk = weights.room(model)
        shared = _shared_memory(model)
        volumes = [
            Volume.scratch("models", weights.FOLDER, disk),
            Volume.scratch("cache", _CACHE, memory_text(Fraction(_CACHE_SIZE))),
        ]
        if shared:
            volumes.append(Volume.memory("shared", "/dev/shm", memory_text(Fraction(shared))))  # noqa: S108 - of the pod
        resources = _resources(model, shared, disk)
        return {
            "image": "vllm-neuron" if model.hardware.neuron else "vllm",
            "replicas": Replicas(at_least=model.replicas.min, at_most=model.replicas.max),
            "resources": resources,
            "ports": [_HTTP],
            "args": arguments,
            "env": _environment(model),
            "inits": [weights.copy(self.site, model, resources)],
            "volumes": volumes,
            "placement": accelerator_placement(model.hardware, self.cluster),
            "priority": "serving",
            "user": 2000,
            # A stream may run for minutes; the pod ends when its last one has.
            "patience": _DRAIN + 30,
        }

    def _group(self, model: Model) -> None:
        """A replica is a group: a leader, which answers, and workers. It comes and goes as one; the old goes before the new.

        The set has a name of its own, because its controller makes a Service of that name.
        """
        name, worker = f"{model.name}-group", group.worker(model)
        led = self._pods(model, _arguments(model) + group.flags(model, leads=True))
        leader = self.operated(model.name, **_member(led), probes=_probes(model), surge=False)
        led |= {"args": _arguments(model) + group.flags(model, leads=False), "ports": []}
        led |= {
            "replicas": Replicas(
                at_least=led["replicas"].at_least, at_most=led["replicas"].peak * (model.hardware.nodes - 1)
            )
        }
        follower = self.operated(
            worker, **_member(led), probes=group.follows(_HTTP.number, _within(model)), surge=False
        )
        self.object(
            "leaderworkerset.x-k8s.io/v1",
            "LeaderWorkerSet",
            name,
            metadata={"annotations": {SYNC_WAVE: str(SERVERS)}},
            spec={
                "leaderWorkerTemplate": {
                    "size": model.hardware.nodes,
                    "restartPolicy": "RecreateGroupOnPodRestart",
                    "leaderTemplate": leader.template(),
                    "workerTemplate": group.beside_leader(follower.template(), model),
                },
                "startupPolicy": "LeaderCreated",
                "rolloutStrategy": {
                    "type": "RollingUpdate",
                    "rollingUpdateConfiguration": {"maxSurge": 0, "maxUnavailable": 1},
                },
                "networkConfig": {"subdomainPolicy": "Shared"},
            },
        )
        # Ranks open ports as they go: the store in which they meet, message queues, NCCL.
        for source, target in ((model.name, worker), (worker, model.name), (worker, worker)):
            self.link(source, target, EVERY_PORT, reason="ranks of one model")
        for pods in (model.name, worker):
            self.read_weights(model, by=pods)
        scaled = {"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet", "name": name}
        self.scale(model, _load(model), _probes(model), scaled)


def _member(pods: dict[str, Any]) -> dict[str, Any]:
    return {**pods, "env": {**pods["env"], **group.environment()}}


def _load(model: Model) -> str:
    return (
        f'sum(vllm:num_requests_waiting{{model_name="{model.name}"}})'
        f' + sum(vllm:num_requests_running{{model_name="{model.name}"}})'
    )


def _shared_memory(model: Model) -> int:
    """Bytes of /dev/shm: ranks of one server exchange tensors there."""
    return 2 * _GI * model.hardware.count if model.hardware.count > 1 else 0


def _resources(model: Model, shared: int, disk: str) -> Resources:
    """What one replica takes of its node besides the accelerators.

    Host memory: the server and its workers, shared memory on top, and half of the weights while they pass through or, later,
    adapters and prepared images. For Neuron all weights are read, and then laid out anew for each core. Disk: the volumes count
    towards the container's limit, and a pod that passes it is evicted while it loads.
    """
    count = model.hardware.count
    passing = model.architecture.bytes_of_weights * (Fraction(2) if model.hardware.neuron else Fraction(1, 2))
    serving = Fraction(adapters.kept(model) + (_IMAGES if model.images else 0))
    memory = memory_text(Fraction(-(-(max(passing, serving) + shared + 4 * _GI * (1 + count)) // _GI) * _GI))
    device = model.hardware.resource
    scratch = memory_text(parse_quantity(disk) + _CACHE_SIZE + 2 * _GI)
    return Resources(
        cpu=str(3 if count == 1 else 4 * count), memory=memory, scratch=scratch, accelerators={device: count}
    )


def _within(model: Model) -> int:
    """Seconds that a start may take."""
    kind = "neuron" if model.hardware.neuron else "gpu"
    return _WARM_UP[kind] + model.architecture.bytes_of_weights // _LOAD_RATE


def _probes(model: Model) -> Probes:
    return Probes.http(_HTTP.name, ready="/health", within=_within(model))


def _arguments(model: Model) -> list[str]:
    arguments = [
        f"{weights.FOLDER}/{model.name}",
        f"--served-model-name={model.name}",
        f"--tensor-parallel-size={_tensor_parallelism(model)}",
        f"--max-model-len={model.context}",
        f"--max-num-seqs={model.concurrency}",
        f"--port={_HTTP.number}",
    ]
    arguments += _FLAGS["neuron" if model.hardware.neuron else "gpu"]
    if model.images:
        arguments.append(f"--limit-mm-per-prompt={json.dumps({'image': model.images, 'video': 0})}")
    if model.tool_calls:
        arguments += ["--enable-auto-tool-choice", f"--tool-call-parser={model.tool_calls}"]
    if model.reasoning:
        arguments.append(f"--reasoning-parser={model.reasoning}")
    return arguments + (adapters.flags(model) if model.adapters else [])


def _tensor_parallelism(model: Model) -> int:
    """GPUs share the heads one each; a Neuron chip brings several cores."""
    return model.hardware.count * (accelerator(model.hardware.accelerator).cores or 1)


def _environment(model: Model) -> dict[str, str]:
    return {
        **(_NEURON if model.hardware.neuron else {}),
        "HF_HUB_OFFLINE": "1",
        # A user without an entry in /etc/passwd: Python's getpass and the compilers' caches want these.
        "HOME": "/tmp",  # noqa: S108 - of the pod
        "USER": "vllm",
        "TORCHINDUCTOR_CACHE_DIR": f"{_CACHE}/inductor",
        "TRITON_CACHE_DIR": f"{_CACHE}/triton",
        "VLLM_CACHE_ROOT": f"{_CACHE}/vllm",
        "VLLM_DO_NOT_TRACK": "1",
        # vLLM gives up on a slow start after ten minutes unless it is told what the probe grants.
        "VLLM_ENGINE_READY_TIMEOUT_S": str(_within(model)),
        "VLLM_NO_USAGE_STATS": "1",
    }
