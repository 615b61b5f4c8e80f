"""Model: weights, the shape that decides how much memory they take, and the hardware that serves them."""

from __future__ import annotations

import functools
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from groundwork.catalog.accelerators import Accelerator, accelerator, accelerators
from groundwork.fleet.declaration import Declaration, Impossible, Part, Text, impossible, says

__all__ = ["Architecture", "Hardware", "LatentAttention", "Model", "ModelOverride", "Replicas", "Source"]

# vLLM pads the vocabulary to a multiple of this before it divides it.
VOCABULARY_PADDING = 64
DTYPE_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "fp8": 1, "int8": 1}


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
    gated: bool = Field(
        default=False,
        description="Its licence has to be accepted: the import takes the token of the secret `huggingface`.",
    )


class LatentAttention(Part):
    """Multi-head latent attention (DeepSeek, GLM-5): one compressed cache for all heads, copied to every GPU."""

    kv_lora_rank: int = Field(gt=0)
    rope_head_dim: int = Field(gt=0)


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
    dtype: Literal["float32", "bfloat16", "float16", "fp8", "int8"] = Field(description="Of the weights, as published.")
    latent_attention: LatentAttention | None = None
    weight_bytes: int | None = Field(
        default=None, gt=0, description="Size of the files; unless given, parameters x dtype."
    )

    @property
    def bytes_of_weights(self) -> int:
        """Size of the weight files in bytes."""
        return self.weight_bytes or self.parameters * DTYPE_BYTES[self.dtype]


def _known(name: str, vendor: str) -> str:
    try:
        return accelerator(name, vendor).name
    except LookupError as error:
        raise ValueError(str(error)) from None


def _offer(schema: dict[str, Any], vendor: str) -> None:
    """Lets editors complete the names of the catalogue."""
    schema["enum"] = [one.name for one in accelerators().values() if one.vendor == vendor]


Gpu = Annotated[
    str,
    AfterValidator(functools.partial(_known, vendor="nvidia")),
    Field(json_schema_extra=functools.partial(_offer, vendor="nvidia")),
]
NeuronChip = Annotated[
    str,
    AfterValidator(functools.partial(_known, vendor="neuron")),
    Field(json_schema_extra=functools.partial(_offer, vendor="neuron")),
]


class Hardware(Part):
    """What one replica runs on: so many GPUs or Neuron chips of one kind, all of one node."""

    gpu: Gpu | None = Field(default=None, description="A GPU by the name in catalog/accelerators.yaml: l4, l40s, h200.")
    neuron: NeuronChip | None = Field(
        default=None, description="A Neuron chip by the name in catalog/accelerators.yaml: inferentia2."
    )
    count: int = Field(gt=0, le=64, description="How many of them one replica takes.")

    @model_validator(mode="after")
    def _possible(self) -> Hardware:
        if (self.gpu is None) == (self.neuron is None):
            named = "both" if self.gpu else "neither"
            problem = f"`hardware` names {named} of `gpu` and `neuron`"
            raise impossible(Impossible((), problem, "Name one kind of accelerator."))
        most = self.device.most_per_node
        if self.count > most:
            problem = f"no instance type has {self.count} {self.accelerator}: the largest has {most}"
            raise impossible(Impossible(("count",), problem, "A replica runs on one node: take fewer, or larger ones."))
        return self

    @property
    def accelerator(self) -> str:
        """The accelerator's name in the catalogue."""
        return self.gpu or self.neuron or ""

    @property
    def device(self) -> Accelerator:
        """The accelerator itself."""
        return accelerator(self.accelerator)


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
    engine: Literal["vllm"] = Field(description="The server that runs it.")
    hardware: Hardware
    context: int = Field(gt=0, description="Longest request, prompt and answer, in tokens.")
    concurrency: int = Field(gt=0, description="Requests of full length that one replica holds at once.")
    replicas: Replicas
    tool_calls: Text | None = Field(
        default=None, description="vLLM's tool-call parser for this model (hermes, glm47, ...)."
    )
    reasoning: Text | None = Field(
        default=None, description="vLLM's reasoning parser for this model (qwen3, glm45, ...)."
    )

    @model_validator(mode="after")
    def _possible(self) -> Model:
        problems = [*self._sharing(), *self._serving(), *self._length()]
        if problems:
            raise impossible(*problems)
        return self

    def _sharing(self) -> list[Impossible]:
        """What the devices of a replica cannot share evenly. vLLM refuses to start on each of these."""
        shape, ways = self.architecture, self.tensor_parallelism
        padded = -(-shape.vocabulary // VOCABULARY_PADDING) * VOCABULARY_PADDING
        if shape.heads % ways:
            what = f"{shape.heads} attention heads"
        elif shape.latent_attention is None and shape.kv_heads % ways and ways % shape.kv_heads:
            what = f"{shape.kv_heads} key-value heads"
        elif padded % ways:
            what = f"a vocabulary of {padded}"
        else:
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
    def _spread(self) -> str:
        cores = self.tensor_parallelism
        return f"{self.hardware.count} {self.hardware.accelerator}" + (
            f" ({cores} cores)" if cores != self.hardware.count else ""
        )

    @property
    def tensor_parallelism(self) -> int:
        """Over how many GPUs or, on Neuron, cores one replica is spread."""
        return self.hardware.count * self.hardware.device.cores


class ModelOverride(Part):
    """What one cluster does differently with a model."""

    hardware: Hardware | None = None
    context: int | None = Field(default=None, gt=0)
    concurrency: int | None = Field(default=None, gt=0)
    replicas: Replicas | None = None
