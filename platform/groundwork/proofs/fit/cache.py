"""The KV cache of vLLM on one GPU: what a request takes, how many fit, how long they may be.

Sources: vLLM 0.33.0 (kv_cache_utils, kv_cache_interface), read 2026-11-20; checked against the logs of gemma-3 and gpt-oss in
tests/proofs/fit/measured.yaml.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.shape import Shape

__all__ = ["Cache"]

# Bytes of one value, by the beginning of --kv-cache-dtype.
_WIDTHS = {"fp8": 1.0, "int8": 1.0, "nvfp4": 0.5625, "float32": 4.0}
_WIDTH = 2.0
# Of latent attention in DeepSeek's own 8-bit layout, per token and layer.
_DS_MLA = 656
# Of the index of sparse attention, per token and layer: 128 values of 8 bit, and their scale.
_INDEX = 132
# Layers of two kinds go into groups of the smaller number, unless there are nearly as many of the other.
_NEARLY = 1.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Cache:
    """What one GPU keeps: so many bytes per token and layer, in layers that see everything and layers with a window.

    `block` is in tokens; `in_flight` are the tokens that may be computed at once, which a window keeps as well.
    """

    per_layer: float
    index_bytes: int
    full_layers: int
    window_layers: int
    window: int
    in_flight: int
    block: int

    @classmethod
    def of(cls, shape: Shape, launch: Launch, in_flight: int) -> Cache:
        """The cache of the stage with the most layers."""
        windows = -(-shape.window.layers // launch.pipeline) if shape.window else 0
        return cls(
            per_layer=_per_layer(shape, launch),
            index_bytes=_INDEX * -(-shape.indexed_layers // launch.pipeline),
            full_layers=-(-shape.layers // launch.pipeline) - windows,
            window_layers=windows,
            window=shape.window.tokens if shape.window else 0,
            in_flight=in_flight,
            block=launch.block,
        )

    def request(self, length: int) -> int:
        """Bytes of one request of so many tokens, in whole blocks."""
        blocks = -(-length // self.block)
        index = self.index_bytes * blocks * self.block
        if not self.window_layers:
            return math.ceil(blocks * self.block * self.per_layer * self.full_layers) + index
        group = self._group()
        held = min(self.window - 1 + self.in_flight, length)
        windows = (-(-held // self.block) + 1) * -(-self.window_layers // group)
        everything = blocks * -(-self.full_layers // group)
        return math.ceil((everything + windows) * group * self.block * self.per_layer) + index

    def _group(self) -> int:
        kinds = [layers for layers in (self.full_layers, self.window_layers) if layers]
        return max(kinds) if max(kinds) < _NEARLY * min(kinds) else min(kinds)

    def requests(self, room: int, length: int) -> float:
        """How many requests of that length fit into so many bytes; a part of one is a part."""
        return max(0, room) / self.request(length)

    def tokens(self, room: int, length: int) -> int:
        """What vLLM logs as the cache's size: requests of that length, times the length."""
        return int(self.requests(room, length) * length)

    def longest(self, room: int, requests: int, positions: int) -> int:
        """The longest context of which so many requests fit, in tokens; at most what the model was made for, 0 where none fits."""
        low, high = 0, positions
        while low < high:
            middle = (low + high + 1) // 2
            if self.request(middle) * requests <= room:
                low = middle
            else:
                high = middle - 1
        return low


def _per_layer(shape: Shape, launch: Launch) -> float:
    """Bytes per token and layer. Latent attention keeps all on every GPU; of fewer heads than GPUs, each keeps one."""
    width = _width(launch)
    if shape.latent:
        return _DS_MLA if launch.cache_dtype == "fp8_ds_mla" else shape.latent * width
    return 2 * max(1, -(-shape.kv_heads // launch.tensor)) * shape.head_dim * width


def _width(launch: Launch) -> float:
    if launch.cache_dtype == "auto":
        return _WIDTHS.get(launch.dtype, _WIDTH)
    return next((width for name, width in _WIDTHS.items() if launch.cache_dtype.startswith(name)), _WIDTH)
