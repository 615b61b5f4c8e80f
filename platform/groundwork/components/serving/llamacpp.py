"""llama.cpp: a server per small model that runs on cores, from one GGUF file."""

from __future__ import annotations

from fractions import Fraction

from groundwork.catalog.quantities import memory_text, parse_quantity
from groundwork.components.serving import weights
from groundwork.components.serving.server import SERVERS, ModelServer
from groundwork.fleet.model import Model
from groundwork.kube.pods import Placement, Probes, Replicas, Resources, Volume
from groundwork.kube.ports import Port

__all__ = ["Llamacpp", "memory"]

_HTTP = Port.http(8080, metrics="/metrics")
_GI = 1024**3
# One value of the cache, which llama.cpp keeps in 16 bit.
_CACHE_BYTES = 2
# Buffers of a computation, and the server itself.
_ROOM = _GI
# A network disk of the general-purpose nodes, in bytes a second; the weights are read once more when they are laid out anew.
_LOAD_RATE = 100_000_000
# llama.cpp takes the tokens of a text in one piece when it embeds.
_BATCH = 512


class Llamacpp(ModelServer):
    """A llama.cpp server per model that asks for it, on Graviton: cheap to keep awake, for work that needs no large model.

    Needs KEDA and Prometheus for scaling, and the weights in the models bucket. Upstream: catalog/versions.yaml, `llama-cpp`.
    """

    engine = "llamacpp"
    port = _HTTP

    def serve(self, model: Model) -> None:
        disk = weights.room(model)
        resources = Resources(cpu=str(model.hardware.cpu), memory=memory(model), scratch=_with_room(disk))
        load = model.architecture.bytes_of_weights // _LOAD_RATE
        probes = Probes.http(_HTTP.name, ready="/health", within=120 + 2 * load)
        self.workload(
            model.name,
            image="llama-cpp",
            replicas=Replicas(at_least=model.replicas.min, at_most=model.replicas.max),
            resources=resources,
            ports=[_HTTP],
            probes=probes,
            args=_arguments(model),
            inits=[weights.copy(self.site, model, resources)],
            volumes=[Volume.scratch("models", weights.FOLDER, disk)],
            placement=Placement(selector={"kubernetes.io/arch": "arm64"}),
            priority="serving",
            # An answer of a thousand words takes minutes on cores; the pod ends when its last one has.
            patience=600,
            wave=SERVERS,
        )
        self.read_weights(model)
        self.scale(model, _load(model), probes)


def _arguments(model: Model) -> list[str]:
    """llama.cpp knows no `--flag=value`. What is switched off shows prompts to others, or takes memory nobody counted."""
    arguments = [
        *("--model", f"{weights.FOLDER}/{model.name}/{model.source.file}"),
        *("--alias", model.name),
        *("--host", "0.0.0.0", "--port", str(_HTTP.number)),  # noqa: S104 - inside the pod
        *("--threads", str(model.hardware.cpu)),
        *("--parallel", str(model.concurrency)),
        # All slots together.
        *("--ctx-size", str(model.context * model.concurrency)),
        *("--cache-ram", "0"),
        *("--metrics", "--no-slots", "--no-webui", "--offline"),
    ]
    if model.embeds:
        batch = str(max(_BATCH, model.context))
        return [*arguments, "--embeddings", "--batch-size", batch, "--ubatch-size", batch]
    # On cores nobody waits for thoughts.
    return [*arguments, "--reasoning-budget", "0"]


def memory(model: Model) -> str:
    """The weights, laid out anew for the processor; the cache of every slot, which an encoder does not keep; and room."""
    shape = model.architecture
    per_token = 0 if model.embeds else 2 * shape.layers * shape.kv_heads * shape.head_dim * _CACHE_BYTES
    needed = shape.bytes_of_weights * Fraction(11, 10) + model.context * model.concurrency * per_token + _ROOM
    return memory_text(Fraction(-(-needed // _GI) * _GI))


def _with_room(disk: str) -> str:
    return memory_text(parse_quantity(disk) + 2 * _GI)


def _load(model: Model) -> str:
    """Its series carry no model's name: the monitor's Service does."""
    of_model = f'{{namespace="{Llamacpp.namespace}",service="{model.name}"}}'
    return f"sum(llamacpp:requests_processing{of_model}) + sum(llamacpp:requests_deferred{of_model})"
