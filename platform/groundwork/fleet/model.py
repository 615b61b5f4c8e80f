"""Model: weights, the shape that decides how much memory they take, and the hardware that serves them."""

from __future__ import annotations

import functools
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic.alias_generators import to_camel

from groundwork.catalog.parsers import Reads, parser, parsers
from groundwork.fleet.adapter import Adapter
from groundwork.fleet.canary import Canary
from groundwork.fleet.declaration import Declaration, Impossible, Part, impossible, says
from groundwork.fleet.hardware import Gpu, Hardware

__all__ = [
    "Architecture",
    "Canary",
    "Experts",
    "Gpu",
    "Hardware",
    "LatentAttention",
    "Model",
    "ModelOverride",
    "Replicas",
    "SlidingWindow",
    "Source",
]

# vLLM pads the vocabulary to a multiple of this before it divides it.
_VOCABULARY_PADDING = 64
DTYPE_BYTES: dict[str, Fraction] = {
    **{
        name: Fraction(size)
        for name, size in (("float32", 4), ("bfloat16", 2), ("float16", 2), ("fp8", 1), ("int8", 1))
    },
    # llama.cpp's blocks: 32 weights of one byte, and their scale in two.
    "q8_0": Fraction(34, 32),
}
# It mixes several types, so that its size does not follow from the number of parameters.
_GGUF_DTYPES = frozenset({"float32", "bfloat16", "float16", "q8_0", "q4_k_m"})
_MIXED_DTYPES = frozenset({"q4_k_m"})
_QUANTIZED_DTYPES = frozenset({"fp8", "int8"})


class Source(Part):
    """Where the weights come from."""

    hugging_face: str = Field(
        pattern=r"^[\w.-]+/[\w.-]+$",
        description="Repository on the Hugging Face hub: owner/name.",
        json_schema_extra=says("must be a repository of the hub: owner/name"),
    )
    revision: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{40}$",
        description="The commit; `groundwork pin` fills it.",
        json_schema_extra=says("must be a commit: 40 hexadecimal digits"),
    )
    file: str | None = Field(
        default=None,
        pattern=r"^[\w.-]+\.(gguf|GGUF)$",
        description="The one GGUF file that llama.cpp serves; vLLM takes the whole repository.",
        json_schema_extra=says("must be a file of the repository, ending in .gguf"),
    )
    gated: bool = Field(default=False, description="Its licence must be accepted: the import takes a token.")


class LatentAttention(Part):
    """Multi-head latent attention (DeepSeek, GLM-5): one compressed cache for all heads, copied to every GPU."""

    kv_lora_rank: int = Field(gt=0)
    rope_head_dim: int = Field(gt=0)
    indexed_layers: int = Field(
        default=0, ge=0, description="Layers that keep an index beside the cache, to attend to some tokens only (DSA)."
    )


class Experts(Part):
    """A mixture of experts: each layer has many feed-forward parts, and a token passes through some of them."""

    count: int = Field(gt=0, description="Of a layer, those that every token passes through not counted.")
    active: int = Field(gt=0, description="Through how many of them a token passes.")
    inner: int = Field(gt=0, description="Width of one expert (`moe_intermediate_size`).")


class SlidingWindow(Part):
    """Layers that see the last tokens only (Gemma, gpt-oss), and keep no more of them."""

    tokens: int = Field(gt=0)
    layers: int = Field(gt=0, description="How many of the layers; the others see everything.")


class Architecture(Part):
    """The numbers of the model's config.json from which memory follows. None has a default: a guess would not fit."""

    parameters: int = Field(gt=0, description="All parameters, exactly where known.")
    layers: int = Field(gt=0)
    heads: int = Field(gt=0, description="Attention heads; tensor parallelism must divide them.")
    kv_heads: int = Field(gt=0)
    head_dim: int = Field(gt=0)
    hidden: int = Field(gt=0)
    vocabulary: int = Field(gt=0)
    positions: int = Field(gt=0, description="The longest context that the model was made for, in tokens.")
    dtype: Literal["float32", "bfloat16", "float16", "fp8", "int8", "q8_0", "q4_k_m"] = Field(
        description="Of the weights, as published."
    )
    latent_attention: LatentAttention | None = None
    experts: Experts | None = None
    sliding_window: SlidingWindow | None = None
    weight_block: int | None = Field(
        default=None, gt=0, description="Width of the blocks in which weights were quantised (`weight_block_size`)."
    )
    weight_bytes: int | None = Field(
        default=None,
        gt=0,
        description="Size of the files; unless given, parameters x dtype, and embeddings in 16 bit at the least.",
    )

    @model_validator(mode="after")
    def _sized(self) -> Architecture:
        if self.dtype in _MIXED_DTYPES and self.weight_bytes is None:
            problem = f"{self.dtype} mixes types of weights, and `weightBytes` is not given"
            raise impossible(Impossible(("dtype",), problem, "Give the size of the file as `weightBytes`."))
        return self

    @property
    def bytes_of_weights(self) -> int:
        """Size of the weight files in bytes. Embeddings and output layer of quantised weights stay in 16 bit."""
        if self.weight_bytes:
            return self.weight_bytes
        kept = 2 * self.vocabulary * self.hidden if self.dtype in _QUANTIZED_DTYPES else 0
        return int(self.parameters * DTYPE_BYTES[self.dtype]) + kept

    def uneven(self, ways: int, *, whole_experts: bool = False) -> str:
        """What so many devices cannot share evenly; empty where they can share everything. vLLM refuses to start on each of these."""
        padded = -(-self.vocabulary // _VOCABULARY_PADDING) * _VOCABULARY_PADDING
        if self.heads % ways:
            return f"{self.heads} attention heads"
        if self.latent_attention is None and self.kv_heads % ways and ways % self.kv_heads:
            return f"{self.kv_heads} key-value heads"
        if padded % ways:
            return f"a vocabulary of {padded}"
        if self.experts and not whole_experts and self.experts.inner % (ways * (self.weight_block or 1)):
            blocks = f" in blocks of {self.weight_block}" if self.weight_block else ""
            return f"experts of width {self.experts.inner}{blocks}"
        return ""


def _parser(name: str, reads: Reads) -> str:
    try:
        return parser(name, reads)
    except LookupError as error:
        raise ValueError(str(error)) from None


def _parsers(schema: dict[str, Any], reads: Reads) -> None:
    schema["enum"] = list(parsers(reads))


ToolParser = Annotated[
    str,
    AfterValidator(functools.partial(_parser, reads="tool_calls")),
    Field(json_schema_extra=functools.partial(_parsers, reads="tool_calls")),
]
ReasoningParser = Annotated[
    str,
    AfterValidator(functools.partial(_parser, reads="reasoning")),
    Field(json_schema_extra=functools.partial(_parsers, reads="reasoning")),
]


Engine = Literal["vllm", "llamacpp", "ray"]


class Replicas(Part):
    """How many replicas the autoscaler keeps. A minimum of 0 means that the first request wakes the model."""

    min: int = Field(ge=0)
    max: int = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Replicas:
        if self.min > self.max:
            raise impossible(
                Impossible(("min",), f"min {self.min} is more than max {self.max}", "Raise max or lower min.")
            )
        return self


class Model(Declaration):
    """A model that clusters may carry and agents may call."""

    folder: ClassVar[str] = "apps/models"

    source: Source
    architecture: Architecture
    engine: Engine = Field(
        description="The server that runs it. vllm: on GPUs and Neuron chips; llamacpp: a GGUF file on cores; ray: the same for "
        "embeddings, in replicas that Ray Serve scales."
    )
    hardware: Hardware
    context: int = Field(gt=0, description="Longest request, prompt and answer, in tokens.")
    concurrency: int = Field(gt=0, description="Requests of full length that one replica holds at once.")
    replicas: Replicas
    dimensions: int | None = Field(
        default=None, gt=0, description="Length of its vectors, of a model that embeds texts instead of answering."
    )
    images: int = Field(default=0, ge=0, description="Images that one prompt may hold; 0: the model reads text only.")
    adapters: tuple[Adapter, ...] = Field(
        default=(), description="Fine-tuned variants that its servers answer as, too."
    )
    tool_calls: ToolParser | None = Field(
        default=None, description="vLLM's tool-call parser for this model (hermes, glm47, ...)."
    )
    reasoning: ReasoningParser | None = Field(
        default=None, description="vLLM's reasoning parser for this model (qwen3, glm45, ...)."
    )

    @model_validator(mode="after")
    def _possible(self) -> Model:
        problems = [*self._engine(), *self._length(), *self._embedding(), *self._adapted()]
        if self.hardware.accelerated:
            problems += [*self._sharing(), *self._serving()]
        if problems:
            raise impossible(*problems)
        return self

    def _engine(self) -> list[Impossible]:
        """What the engine cannot run, or cannot read."""
        if self.engine == "vllm":
            return self._repository()
        problems = self._file()
        if self.engine == "ray" and not self.embeds:
            problem = "ray is carried for models that embed, and this one has no `dimensions`"
            problems.append(Impossible(("engine",), problem, "Take `engine: llamacpp`, or say its `dimensions`."))
        if self.engine == "ray" and not self.replicas.min:
            problem = "replicas of Ray Serve do not sleep: its head runs for them all the time"
            problems.append(Impossible(("replicas", "min"), problem, "Keep at least 1, or take `engine: llamacpp`."))
        return problems

    def _repository(self) -> list[Impossible]:
        """What vLLM serves: a whole repository, on accelerators."""
        problems: list[Impossible] = []
        if not self.hardware.accelerated:
            problem = f"vllm is carried for GPUs and Neuron chips, not on {self._spread}"
            problems.append(Impossible(("hardware",), problem, "Name other hardware, or take `engine: llamacpp`."))
        if self.hardware.nodes > self.architecture.layers:
            problem = f"{self.architecture.layers} layers cannot be spread over {self.hardware.nodes} nodes"
            problems.append(Impossible(("hardware", "nodes"), problem, "Take fewer nodes."))
        if self.source.file:
            problem = f"vllm reads the whole repository, not {self.source.file}"
            problems.append(Impossible(("source", "file"), problem, "Remove it, or take `engine: llamacpp`."))
        return problems

    def _file(self) -> list[Impossible]:
        """What llama.cpp serves: one file, on cores."""
        problems = [
            Impossible(
                (to_camel(field),), f"`{to_camel(field)}` is vLLM's: llama.cpp reads it from the file", "Remove it."
            )
            for field in ("tool_calls", "reasoning")
            if getattr(self, field)
        ]
        if self.hardware.accelerated:
            problem = f"{self.engine} runs on cores, not on {self._spread}"
            problems.append(Impossible(("hardware",), problem, "Say `hardware: {cpu: ...}`, or take `engine: vllm`."))
        if not self.source.file:
            problem = f"{self.engine} serves one GGUF file, and `source` names none"
            problems.append(Impossible(("source",), problem, "Add `file: <name>.gguf`."))
        if self.architecture.dtype not in _GGUF_DTYPES:
            problem = f"{self.engine} does not serve {self.architecture.dtype} weights"
            fix = f"Take a file of one of {', '.join(sorted(_GGUF_DTYPES))}."
            problems.append(Impossible(("architecture", "dtype"), problem, fix))
        if self.images:
            problem = "images are carried with vllm only: a GGUF file brings no projector"
            problems.append(Impossible(("images",), problem, "Remove it, or serve the model with vllm."))
        return problems

    def _adapted(self) -> list[Impossible]:
        """Which adapters its servers cannot load, or tell apart."""
        if not self.adapters:
            return []
        problems: list[Impossible] = []
        if self.engine != "vllm" or not self.hardware.gpu or self.hardware.nodes > 1:
            problem = f"adapters are loaded into vllm on the GPUs of one node, not into {self.engine} on {self._spread}"
            problems.append(Impossible(("adapters",), problem, "Remove them, or serve the model otherwise."))
        names = [one.name for one in self.adapters]
        twice = {name for place, name in enumerate(names) if name == self.name or name in names[:place]}
        for name in sorted(twice):
            problem = f"'{name}' names an adapter, and the model or another adapter as well"
            problems.append(Impossible(("adapters",), problem, "Give each a name of its own."))
        return problems

    def _embedding(self) -> list[Impossible]:
        if self.dimensions is None:
            return []
        hidden = self.architecture.hidden
        problems = [
            Impossible(
                (to_camel(field),), f"an embedding model has no `{to_camel(field)}`", "Remove it, or `dimensions`."
            )
            for field in ("tool_calls", "reasoning", "images")
            if getattr(self, field)
        ]
        if self.dimensions > hidden:
            problem = f"vectors of {self.dimensions} numbers cannot come from a hidden size of {hidden}"
            problems.append(Impossible(("dimensions",), problem, f"Take at most {hidden}."))
        return problems

    def _sharing(self) -> list[Impossible]:
        """What the devices of a replica cannot share evenly."""
        what = self.architecture.uneven(self.tensor_parallelism)
        if not what:
            return []
        problem = f"{self._spread} cannot share {what} evenly"
        return [Impossible(("hardware", "count"), problem, "Take a count that divides them: usually 1, 2, 4 or 8.")]

    def _serving(self) -> list[Impossible]:
        dtype, kind = self.architecture.dtype, self.hardware.device
        if dtype in kind.dtypes:
            return []
        problem = f"{kind.name} does not serve {dtype} weights, only {', '.join(sorted(kind.dtypes))}"
        return [Impossible(("hardware",), problem, "Take another accelerator, or weights of another type.")]

    def _length(self) -> list[Impossible]:
        if self.context <= self.architecture.positions:
            return []
        problem = (
            f"context {self.context} is longer than the {self.architecture.positions} positions the model was made for"
        )
        return [Impossible(("context",), problem, f"Take at most {self.architecture.positions}.")]

    @property
    def embeds(self) -> bool:
        """Whether it answers with vectors instead of text."""
        return self.dimensions is not None

    @property
    def names(self) -> tuple[str, ...]:
        """What its servers answer as: its own name, and its adapters'."""
        return (self.name, *(one.name for one in self.adapters))

    @property
    def calls_tools(self) -> bool:
        """Whether agents may give it tools."""
        return self.tool_calls is not None or (self.engine != "vllm" and not self.embeds)

    @property
    def _spread(self) -> str:
        if self.hardware.cpu:
            return f"{self.hardware.cpu} cores"
        cores, nodes = self.tensor_parallelism, self.hardware.nodes
        return (
            f"{self.hardware.count} {self.hardware.accelerator}"
            + (f" ({cores} cores)" if cores != self.hardware.count else "")
            + (f" of each of {nodes} nodes" if nodes > 1 else "")
        )

    @property
    def tensor_parallelism(self) -> int:
        """Over how many GPUs or, on Neuron, cores one replica is spread."""
        return self.hardware.count * self.hardware.device.cores if self.hardware.accelerated else 1


class ModelOverride(Part):
    """What one cluster does differently with a model."""

    engine: Engine | None = None
    hardware: Hardware | None = None
    context: int | None = Field(default=None, gt=0)
    concurrency: int | None = Field(default=None, gt=0)
    replicas: Replicas | None = None
    adapters: tuple[Adapter, ...] | None = None
    canary: Canary | None = Field(default=None, exclude=True, description="The model's next version, on trial.")
