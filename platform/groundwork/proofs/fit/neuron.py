"""How vLLM's Neuron line divides the memory of one core of Inferentia or Trainium.

Everything is fixed when the program is compiled: a cache for as many sequences as are served at once, each of full length. Read:
AWS Neuron documentation, SDK 2.31 to 2.33, 2026-08-21. Nobody has published measured runs, so an assumed part is kept free.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.catalog.accelerators import Accelerator
from groundwork.proofs.fit.cache import Cache
from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.memory import weights_of
from groundwork.proofs.fit.shape import Shape

__all__ = ["CoreBudget", "core_budget"]

_MI = 1024**2
# Programs, their scratch space and the runtime. Assumed.
_PROGRAMS = 0.12
# What the NxD line serves at once unless told otherwise.
_SEQUENCES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class CoreBudget:
    """One core's memory in bytes; `reserved` is the cache, for `sequences` requests of `context` tokens."""

    total: int
    weights: int
    programs: int
    reserved: int
    sequences: int
    context: int
    cache: Cache

    @property
    def room(self) -> int:
        """What weights and programs leave for the cache."""
        return self.total - self.weights - self.programs

    @property
    def starts(self) -> bool:
        """Whether the program that is compiled fits."""
        return self.reserved <= self.room

    def requests(self, length: int | None = None) -> float:
        """How many requests of that length, or of full length, the room would hold."""
        return self.cache.requests(self.room, length or self.context)


def core_budget(shape: Shape, launch: Launch, chip: Accelerator) -> CoreBudget:
    """The budget of each of the cores that one replica is spread over."""
    total = chip.usable_mib * _MI // chip.cores
    context = launch.context if launch.context and not launch.automatic else shape.positions
    sequences = launch.sequences or _SEQUENCES
    cache = Cache.of(shape, launch, in_flight=context)
    return CoreBudget(
        total=total,
        weights=weights_of(shape, launch),
        programs=int(total * _PROGRAMS),
        reserved=sequences * cache.request(context),
        sequences=sequences,
        context=context,
        cache=cache,
    )
