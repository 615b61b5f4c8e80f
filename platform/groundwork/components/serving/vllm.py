"""vLLM: one server per declared model, its weights copied from S3 to the node's own disks before it starts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from groundwork.catalog.accelerators import accelerator
from groundwork.catalog.quantities import memory_text, parse_quantity
from groundwork.components.compute.node_pools import accelerator_placement
from groundwork.components.serving import weights
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.images import own_image
from groundwork.kube.labels import SYNC_WAVE
from groundwork.kube.pods import Probes, Replicas, Resources, Volume
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_HTTP = Port.http(8000, metrics="/metrics")
_WEIGHTS = weights.FOLDER
_CACHE = "/cache"
_GI = 1024**3
_CACHE_SIZE = 20 * _GI
# Two thirds of what one NVMe disk of the smallest GPU instances reads, in bytes a second.
_LOAD_RATE = 500_000_000
# CUDA graphs, or the compiler of Neuron programs, before the first request can be answered; in seconds.
_WARM_UP = {"gpu": 900, "neuron": 3600}
_SLEEP_AFTER = 1800
# Nothing rolls before the weights that it needs are in the bucket.
_GATE, _SERVERS = 1, 2
_IMPORTED = "weights-imported"


class Vllm(Component):
    """A vLLM server per model that the cluster carries, with the autoscaler that follows its queue.

    Needs KEDA and Prometheus for scaling, the accelerator's node pool, and the weights in the models bucket (model_import.py). A model with
    a minimum of 0 sleeps: requests at the gateway wake it, and callers retry or fall back until it answers.
    Upstream: catalog/versions.yaml, `vllm` and `vllm-neuron`.
    """

    stage = Stage.SERVING
    namespace = "ai-inference"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return bool(site.models)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint.of(model.name, self.namespace, _HTTP).named(f"model-{model.name}") for model in self.site.models
        ]

    def render(self) -> None:
        self._imported()
        for model in self.site.models:
            with self.declared_by(model):
                self._server(model)
                self._scaler(model)

    def _server(self, model: Model) -> None:
        disk = weights.room(model)
        shared = _shared_memory(model)
        volumes = [
            Volume.scratch("models", _WEIGHTS, disk),
            Volume.scratch("cache", _CACHE, memory_text(Fraction(_CACHE_SIZE))),
        ]
        if shared:
            volumes.append(Volume.memory("shared", "/dev/shm", memory_text(Fraction(shared))))  # noqa: S108 - of the pod
        resources = _resources(model, shared, disk)
        self.workload(
            model.name,
            image="vllm-neuron" if model.hardware.neuron else "vllm",
            replicas=Replicas(at_least=model.replicas.min, at_most=model.replicas.max),
            resources=resources,
            ports=[_HTTP],
            probes=_probes(model),
            args=_arguments(model),
            env=_environment(),
            inits=[weights.copy(self.site, model, resources)],
            volumes=volumes,
            placement=accelerator_placement(model.hardware),
            priority="serving",
            user=2000,
            # A second pod would need a second GPU node: the old one goes first.
            surge=False,
            # A stream may run for minutes; the pod ends when its last one has.
            patience=600,
            wave=_SERVERS,
        )
        self.reach_aws("s3", by=model.name)
        self.aws_access(*weights.may_read(self.site, [model]), by=model.name)

    def _imported(self) -> None:
        """The pre-warm Job of every sync: a server that has to go for its successor must not go before S3 has the new weights."""
        pods = Peer.workload(_IMPORTED, self.namespace)
        self.task(
            _IMPORTED,
            image=own_image(self.site, "s5cmd"),
            hook="Sync",
            wave=_GATE,
            command=["python", "-m", "weights"],
            args=["await", *(weights.place(self.site, model) for model in self.site.models), "--within=600"],
            env={"AWS_REGION": self.cluster.region},
            resources=Resources(cpu="100m", memory="128Mi"),
            retries=2,
        )
        self.reach_aws("s3", by=pods)
        self.aws_access(*weights.may_read(self.site, self.site.models, f"*/{weights.MANIFEST}"), by=_IMPORTED)

    def _scaler(self, model: Model) -> None:
        """One replica per so many waiting or running requests; a sleeping model is woken by what callers ask for."""
        load = (
            f'sum(vllm:num_requests_waiting{{model_name="{model.name}"}})'
            f' + sum(vllm:num_requests_running{{model_name="{model.name}"}})'
        )
        triggers = [self._trigger("load", load, model.concurrency)]
        if model.replicas.min == 0:
            asked = f'sum(increase(litellm_proxy_total_requests_metric_total{{requested_model="{model.name}"}}[5m]))'
            triggers.append(self._trigger("asked-for", asked, 1_000_000))
        self.object(
            "keda.sh/v1alpha1",
            "ScaledObject",
            model.name,
            metadata={"annotations": {SYNC_WAVE: str(_SERVERS)}},
            spec={
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": model.name},
                "minReplicaCount": model.replicas.min,
                "maxReplicaCount": model.replicas.max,
                "pollingInterval": 15,
                "cooldownPeriod": _SLEEP_AFTER,
                "triggers": triggers,
                "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behaviour(model)}},
            },
        )

    def _trigger(self, name: str, query: str, threshold: int) -> dict[str, Any]:
        prometheus = self.address("prometheus").url
        metadata = {
            "serverAddress": prometheus,
            "query": query,
            "threshold": str(threshold),
            "activationThreshold": "0",
        }
        return {"type": "prometheus", "name": name, "metadata": metadata}


def _shared_memory(model: Model) -> int:
    """Bytes of /dev/shm: ranks of one server exchange tensors there."""
    return 2 * _GI * model.hardware.count if model.hardware.count > 1 else 0


def _resources(model: Model, shared: int, disk: str) -> Resources:
    """What one replica takes of its node besides the accelerators.

    Host memory: the server and its workers, half of the weights while they pass through, shared memory on top. Disk: the
    volumes count towards the container's limit, and a pod that passes it is evicted while it loads.
    """
    count = model.hardware.count
    passing = Fraction(model.architecture.bytes_of_weights, 2)
    memory = memory_text(Fraction(-(-(passing + shared + 4 * _GI * (1 + count)) // _GI) * _GI))
    device = accelerator(model.hardware.accelerator).resource
    scratch = memory_text(parse_quantity(disk) + _CACHE_SIZE + 2 * _GI)
    return Resources(
        cpu=str(3 if count == 1 else 4 * count), memory=memory, scratch=scratch, accelerators={device: count}
    )


def _probes(model: Model) -> Probes:
    kind = "neuron" if model.hardware.neuron else "gpu"
    load = model.architecture.bytes_of_weights // _LOAD_RATE
    return Probes.http(_HTTP.name, ready="/health", within=_WARM_UP[kind] + load)


def _arguments(model: Model) -> list[str]:
    arguments = [
        f"{_WEIGHTS}/{model.name}",
        f"--served-model-name={model.name}",
        f"--tensor-parallel-size={_tensor_parallelism(model)}",
        f"--max-model-len={model.context}",
        f"--max-num-seqs={model.concurrency}",
        f"--port={_HTTP.number}",
    ]
    if model.hardware.gpu:
        arguments.append("--gpu-memory-utilization=0.92")
    if model.tool_calls:
        arguments += ["--enable-auto-tool-choice", f"--tool-call-parser={model.tool_calls}"]
    if model.reasoning:
        arguments.append(f"--reasoning-parser={model.reasoning}")
    return arguments


def _tensor_parallelism(model: Model) -> int:
    """GPUs share the heads one each; a Neuron chip brings several cores."""
    return model.hardware.count * (accelerator(model.hardware.accelerator).cores or 1)


def _environment() -> dict[str, str]:
    return {
        "HF_HUB_OFFLINE": "1",
        # A user without an entry in /etc/passwd: Python's getpass and the compilers' caches want these.
        "HOME": "/tmp",  # noqa: S108 - of the pod
        "USER": "vllm",
        "TORCHINDUCTOR_CACHE_DIR": f"{_CACHE}/inductor",
        "TRITON_CACHE_DIR": f"{_CACHE}/triton",
        "VLLM_CACHE_ROOT": f"{_CACHE}/vllm",
        "VLLM_DO_NOT_TRACK": "1",
        "VLLM_NO_USAGE_STATS": "1",
    }


def _behaviour(model: Model) -> dict[str, Any]:
    """Up at once, down slowly: a replica costs minutes to load."""
    start = _probes(model).startup
    window = min(3600, start["periodSeconds"] * start["failureThreshold"])
    return {
        "scaleUp": {"stabilizationWindowSeconds": 0, "policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]},
        "scaleDown": {
            "stabilizationWindowSeconds": window,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 300}],
        },
    }
