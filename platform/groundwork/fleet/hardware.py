"""Hardware: what one replica of a model runs on."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from groundwork.catalog.accelerators import Accelerator, accelerator, accelerators
from groundwork.catalog.instances import usd_per_core
from groundwork.fleet.declaration import Impossible, Part, impossible, says

__all__ = ["Gpu", "Hardware"]

# Graviton machines that the general-purpose pools buy.
_GRAVITON = "m8g"


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


def _needed(schema: dict[str, Any]) -> None:
    """Editors offer no default: whoever takes accelerators says how many."""
    schema["minimum"] = 1
    del schema["default"]


class Hardware(Part):
    """What one replica runs on: so many GPUs or Neuron chips of one kind on one node, or so many cores of Graviton."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["gpu", "count"]}, {"required": ["neuron", "count"]}, {"required": ["cpu"]}]
        }
    )

    gpu: Gpu | None = Field(default=None, description="A GPU by the name in catalog/accelerators.yaml: l4, l40s, h200.")
    neuron: NeuronChip | None = Field(
        default=None, description="A Neuron chip by the name in catalog/accelerators.yaml: inferentia2."
    )
    cpu: int | None = Field(
        default=None, gt=0, le=14, description="Cores of a general-purpose Graviton node, for small models."
    )
    count: int = Field(
        default=0,
        ge=0,
        le=64,
        description="How many accelerators one replica takes of each of its nodes.",
        json_schema_extra=_needed,
    )
    nodes: int = Field(default=1, gt=0, le=8, description="Over how many nodes one replica is spread.")
    slice: str | None = Field(
        default=None,
        pattern=r"^[1-7]g\.[0-9]+gb$",
        description="A MIG profile: one replica takes such a part of a GPU instead of a whole one. On nodes of our own only.",
        json_schema_extra=says("must be a MIG profile such as 1g.10gb"),
    )
    spot: bool = Field(
        default=False,
        description="Whether production may run it on spot machines: cheap, and taken away with two minutes' notice.",
    )

    @model_validator(mode="after")
    def _possible(self) -> Hardware:
        named = [name for name in ("gpu", "neuron", "cpu") if getattr(self, name) is not None]
        if len(named) != 1:
            problem = f"`hardware` names {'several' if named else 'none'} of `gpu`, `neuron` and `cpu`"
            raise impossible(Impossible((), problem, "Name one kind of hardware."))
        if self.cpu:
            return self._of_cores()
        if not self.count:
            problem = f"`hardware` does not say how many {self.accelerator} one replica takes"
            raise impossible(Impossible((), problem, "Add `count`."))
        if self.slice:
            self._sliced(self.slice)
        most = self.device.most_per_node
        if self.count > most:
            problem = f"no instance type has {self.count} {self.accelerator}: the largest has {most}"
            raise impossible(Impossible(("count",), problem, "Take fewer, larger ones, or several `nodes`."))
        if self.nodes > 1 and self.neuron:
            problem = "only GPUs are spread over several nodes"
            raise impossible(Impossible(("nodes",), problem, "Remove it, or name a GPU."))
        return self

    def _sliced(self, profile: str) -> None:
        offered = self.device.slices
        if profile not in offered:
            problem = f"{self.accelerator} has no MIG profile {profile}"
            fix = f"Take one of {', '.join(offered)}." if offered else "Remove it, or take a GPU that can be divided."
            raise impossible(Impossible(("slice",), problem, fix))
        if self.devices > 1:
            problem = "slices of a GPU cannot work together: one replica takes one"
            raise impossible(Impossible(("count",), problem, "Write `count: 1`, or take whole GPUs."))

    def _of_cores(self) -> Hardware:
        for field in ("slice", "spot"):
            if getattr(self, field):
                raise impossible(Impossible((field,), f"`{field}` is for accelerators", "Remove it."))
        if self.count:
            problem = "`count` says how many accelerators, and cores are no accelerators"
            raise impossible(Impossible(("count",), problem, "Say the number of cores in `cpu`, and remove `count`."))
        if self.nodes > 1:
            problem = "only GPUs are spread over several nodes"
            raise impossible(Impossible(("nodes",), problem, "Remove it, or name a GPU."))
        return self

    @property
    def accelerated(self) -> bool:
        """Whether it has accelerators; else it runs on general-purpose nodes."""
        return self.cpu is None

    @property
    def accelerator(self) -> str:
        """The accelerator's name in the catalogue; empty where it has none."""
        return self.gpu or self.neuron or ""

    @property
    def kind(self) -> str:
        """What its nodes have: the accelerator's name, and the profile where its GPUs are divided."""
        return f"{self.accelerator}-{self.slice}" if self.slice else self.accelerator

    @property
    def resource(self) -> str:
        """The extended resource that its pods ask for.

        Raises:
            LookupError: it has no accelerator.
        """
        return f"nvidia.com/mig-{self.slice}" if self.slice else self.device.resource

    @property
    def devices(self) -> int:
        """Accelerators of one replica, all its nodes together; 0 where it has none."""
        return self.count * self.nodes

    @property
    def device(self) -> Accelerator:
        """The accelerator itself.

        Raises:
            LookupError: it has none.
        """
        return accelerator(self.accelerator)

    @property
    def usd_per_hour(self) -> Decimal | None:
        """What a replica costs on demand in us-east-1: its share of the cheapest node; None by reservation only."""
        if self.cpu:
            return usd_per_core(_GRAVITON) * self.cpu
        of_a_node = self.device.usd_per_hour(self.count)
        parts = self.device.slices[self.slice] if self.slice else 1
        return None if of_a_node is None else of_a_node * self.nodes / parts
