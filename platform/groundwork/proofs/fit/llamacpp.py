"""How llama.cpp spends the memory of its container, on cores: weights, the cache of all slots together, a piece of computation.

Flags and defaults: llama.cpp b11206 (tools/server/README.md), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundwork.proofs.fields import number
from groundwork.proofs.fit.shape import Shape

__all__ = ["LlamaBudget", "LlamaLaunch", "llama_budget"]

_GI = 1024**3
_MI = 1024**2
# Bytes of a value of the cache, by --cache-type-k and --cache-type-v.
_WIDTHS = {
    "f32": 4.0,
    "f16": 2.0,
    "bf16": 2.0,
    "q8_0": 1.0625,
    "q5_1": 0.75,
    "q5_0": 0.6875,
    "q4_1": 0.625,
    "q4_0": 0.5625,
}
_PIECE = 512
# More than any machine computes, and little enough to compute with.
_MOST = 2**30
# The server itself, and what a computation needs besides the scores of its tokens.
_SERVER = 300 * _MI
# Tensors that are laid out anew for the processor are in memory beside the file's own pages, which the kernel may drop.
_LAID_OUT = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LlamaLaunch:
    """A start of llama.cpp. `total` are the tokens of all `slots` together; None: as many as the model was made for."""

    total: int | None = None
    slots: int = 1
    piece: int = _PIECE
    embeds: bool = False
    key_width: float = 2.0
    value_width: float = 2.0

    @classmethod
    def read(cls, flags: Mapping[str, Iterable[str]], *, embeds: bool) -> LlamaLaunch:
        """From a command line: the values of each flag by its long name."""
        said = {name: list(values)[-1] for name, values in flags.items() if list(values)}
        whole = {name: min(int(value), _MOST) for name, value in said.items() if value.isdecimal()}
        return cls(
            total=whole.get("--ctx-size") or None,
            slots=whole.get("--parallel") or 1,
            piece=whole.get("--ubatch-size") or _PIECE,
            embeds=embeds,
            key_width=_WIDTHS.get(said.get("--cache-type-k", "f16"), 2.0),
            value_width=_WIDTHS.get(said.get("--cache-type-v", "f16"), 2.0),
        )

    @classmethod
    def of_ray(cls, settings: Mapping[str, Any]) -> LlamaLaunch:
        """From what a RayService tells the application of apps/images/embeddings."""
        slots, context = _positive(settings, "slots") or 1, _positive(settings, "context")
        total = context * slots if context else None
        return cls(total=total, slots=slots, piece=max(_PIECE, context or 0), embeds=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class LlamaBudget:
    """The container's memory in bytes. An encoder keeps no cache: its `per_token` is 0."""

    weights: int
    cache: int
    computing: int
    per_token: int
    context: int
    slots: int

    @property
    def needed(self) -> int:
        return self.weights + self.cache + self.computing

    def longest(self, limit: int, slots: int, positions: int) -> int:
        """The longest context of each of so many slots, within so many bytes."""
        room = limit - self.weights - self.computing
        return positions if not self.per_token else max(0, min(positions, room // (self.per_token * slots)))


def _positive(settings: Mapping[str, Any], key: str) -> int | None:
    found = number(settings, key)
    return min(found, _MOST) if found is not None and found > 0 else None


def llama_budget(shape: Shape, launch: LlamaLaunch) -> LlamaBudget:
    """What one server needs."""
    total = launch.total or shape.positions * launch.slots
    width = launch.key_width + launch.value_width
    per_token = 0 if launch.embeds else int(shape.layers * shape.kv_heads * shape.head_dim * width)
    scores = 4 * launch.piece * (shape.hidden if launch.embeds else shape.vocabulary)
    return LlamaBudget(
        weights=int(shape.weights * _LAID_OUT),
        cache=total * per_token,
        computing=_SERVER + scores,
        per_token=per_token,
        context=max(1, total // launch.slots),
        slots=launch.slots,
    )
