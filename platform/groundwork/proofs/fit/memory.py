"""How vLLM divides the memory of one GPU, worked out before it does so itself.

It takes a part of the GPU (`--gpu-memory-utilization`), loads the weights, runs once with as many tokens as it will ever compute at
once, and gives the cache what is left. Read from vLLM 0.33.0 on 2026-11-20. Constants marked "seen" are medians over the runs of
tests/proofs/fit/measured.yaml that the accuracy is not judged by; a test derives them anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from groundwork.proofs.fit.cache import Cache
from groundwork.proofs.fit.gpu import Gpu
from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.shape import Shape

__all__ = ["Budget", "budget", "lora_bytes", "weights_of"]

_GI = 1024**3
_MI = 1024**2
# Versions of vLLM in which the arithmetic changed.
_SECOND_ENGINE = (0, 8)
_SECOND_ENGINE_ON_OLD_GPUS = (0, 11)
_ONE_SORT = (0, 17)
_LARGER_BUFFERS = (0, 18)
_GRAPHS_CHARGED = (0, 21)
_LARGER_SHARE = (0, 33)

# Rotary tables and other small things beside the weights.
_BESIDE_WEIGHTS = 32 * _MI
# MXFP4 kernels pad and shuffle weights: they grow (seen), and take more once the cache is there (gpt-oss-20b at 0.95 of an H100).
MXFP4_GROWTH = 1.06
_MXFP4_LATE = int(2.5 * _GI)

# Sampling sorts float32 scores of every sequence: so many times their size. Seen.
SAMPLER = 3.85
SAMPLER_BEFORE = 9.7
# One layer's activations per token, in hidden sizes of 16 bit: residuals, attention, both halves of the feed-forward part.
_LAYER = 12
# A vision encoder at work, per token of the image (Qwen3-VL issue 1057: Qwen2.5-VL-7B, the largest image).
_PER_IMAGE_TOKEN = 256 * 1024

# CUDA graphs: the first, each further one, and how many times more with several GPUs or experts. Seen.
FIRST_GRAPH = 100 * _MI
GRAPH = 15 * _MI
GRAPHS_OF_SEVERAL = 1.4
_ALL_SIZES = 51

# What libraries keep inside the budget: of a GPU alone, and with NCCL's buffers. Seen. Stages alone pass little on.
ALONE = int(0.25 * _GI)
ALONE_BEFORE = int(0.13 * _GI)
TOGETHER = int(2.07 * _GI)
_TOGETHER_BEFORE = int(0.55 * _GI)
_STAGES = int(0.07 * _GI)

# CUDA's context, which exists before vLLM measures anything: outside of the budget.
_CONTEXT = int(0.5 * _GI)
_CONTEXT_TOGETHER = int(1.5 * _GI)

# By how many GiB estimates were off at the most: of activations, of all graphs, of libraries.
_OFF_ACTIVATIONS = 0.5
_OFF_GRAPHS = 0.6
_OFF_ALONE = 0.3
_OFF_TOGETHER = 0.7


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """One GPU's memory in bytes. `outside` is what must fit beside `requested`; `margin` how far all this may be off."""

    gpu: Gpu
    utilization: float
    requested: int
    weights: int
    lora: int
    activations: int
    graphs: int
    non_torch: int
    outside: int
    margin: int
    room: int
    cache: Cache
    context: int

    @property
    def needed(self) -> int:
        """Bytes of one request of full length, without which vLLM does not start."""
        return self.cache.request(self.context)

    @property
    def starts(self) -> bool:
        """Whether vLLM finds room for one request of full length, and the GPU has what it asks for."""
        return self.room >= self.needed and self.fits_beside

    @property
    def fits_beside(self) -> bool:
        """Whether the GPU has room for what is not in the budget."""
        return self.requested + self.outside <= self.gpu.total

    def requests(self, length: int | None = None) -> float:
        """How many requests of that length, or of full length, fit at once."""
        return self.cache.requests(self.room, length or self.context)


def budget(shape: Shape, launch: Launch, gpu: Gpu) -> Budget:
    """The budget of the worst of the GPUs that one replica is spread over."""
    sequences, batched = _batch(shape, launch, gpu)
    utilization = launch.utilization or (0.92 if launch.version >= _LARGER_SHARE else 0.9)
    requested = math.ceil(gpu.total * utilization)
    weights, lora = weights_of(shape, launch), lora_bytes(shape, launch)
    activations = _activations(shape, launch, sequences, batched)
    graphs, captured = _graphs(shape, launch, gpu, sequences)
    charged = launch.version >= _GRAPHS_CHARGED
    non_torch = _non_torch(launch)
    room = requested - weights - lora - activations - non_torch - (graphs if charged else 0)
    late = _MXFP4_LATE if shape.dtype == "mxfp4" and not charged else 0
    in_flight = batched * max(launch.pipeline + (launch.pipeline > 1), 2 if charged else 1)
    cache = Cache.of(shape, launch, in_flight)
    room = room if launch.cache_bytes is None else launch.cache_bytes
    return Budget(
        gpu=gpu,
        utilization=utilization,
        requested=requested,
        weights=weights,
        lora=lora,
        activations=activations,
        graphs=graphs,
        non_torch=non_torch,
        outside=(_CONTEXT_TOGETHER if launch.tensor > 1 else _CONTEXT) + late + (0 if charged else graphs),
        margin=_margin(launch, captured),
        room=room,
        cache=cache,
        context=_context(shape, launch, cache, room),
    )


def _context(shape: Shape, launch: Launch, cache: Cache, room: int) -> int:
    if launch.automatic:
        return max(1, cache.longest(room, 1, shape.positions))
    return launch.context or shape.positions


def _batch(shape: Shape, launch: Launch, gpu: Gpu) -> tuple[int, int]:
    """Sequences and tokens that are computed at once. vLLM chooses by GPU, and takes A100 for one of the smaller."""
    large = gpu.total >= 70 * _GI and gpu.capability != (8, 0)
    # The first engine computed a prompt in one piece; older GPUs stayed with it longer.
    if launch.version < (_SECOND_ENGINE if gpu.capability >= (8, 0) else _SECOND_ENGINE_ON_OLD_GPUS):
        sequences, tokens = 256, launch.context or shape.positions
    else:
        sequences = 1024 if large else 256
        tokens = (16384 if gpu.total >= 160 * _GI else 8192) if large else 2048
    sequences = launch.sequences or sequences
    return sequences, max(launch.batched or tokens, sequences)


def weights_of(shape: Shape, launch: Launch) -> int:
    """Bytes of the weights on one device.

    Heads, feed-forward parts, experts and the vocabulary are divided; layers go to stages; latent projections are copied.
    """
    width = 4 if shape.dtype == "float32" else 2
    outside = width * shape.outside_layers
    layers = max(0, shape.weights - outside)
    if launch.quantization and not shape.quantized:
        layers //= 2
    if shape.dtype == "mxfp4":
        layers = int(layers * MXFP4_GROWTH)
    scale = _recast(shape, launch)
    stage = layers / launch.pipeline + (outside if launch.pipeline == 1 else width * shape.vocabulary_matrix)
    copied = shape.layers / launch.pipeline * shape.hidden * _copied_width(shape, launch)
    divided = max(0.0, stage - copied) / launch.tensor + copied
    return int(divided * scale) + _BESIDE_WEIGHTS - launch.offloaded


def _recast(shape: Shape, launch: Launch) -> float:
    """`--dtype` makes plain weights wider or narrower as they are loaded; of float32, vLLM itself takes half."""
    if shape.quantized or launch.quantization:
        return 1.0
    width = 4 if shape.dtype == "float32" else 2
    wanted = 4 if launch.dtype in ("float32", "float") else 2
    return wanted / width


def _copied_width(shape: Shape, launch: Launch) -> float:
    """Bytes per layer and hidden value of what every GPU has a copy of: latent projections, and heads that are too few."""
    width = 1 if shape.quantized else 2
    if shape.latent:
        return float(shape.latent * width)
    spare = max(0, launch.tensor - shape.kv_heads)
    return 2 * shape.head_dim * width * spare / launch.tensor


def lora_bytes(shape: Shape, launch: Launch) -> int:
    """Room for adapters of all linear layers, kept from the start. One half of each is copied to every GPU, unless told otherwise."""
    if not launch.lora:
        return 0
    hidden, ways = shape.hidden, launch.tensor
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    # Of three matrices each, two widen and one narrows.
    parts, inner = (shape.experts.count, shape.experts.inner) if shape.experts else (1, shape.inner)
    copied = (3 + 1 + 3 * parts) * hidden
    divided = 2 * queries + 2 * keys + 3 * parts * inner
    values = (copied / ways if launch.lora_sharded else copied) + divided / ways
    return int(launch.loras * launch.lora_rank * 2 * -(-shape.layers // launch.pipeline) * values)


def _activations(shape: Shape, launch: Launch, sequences: int, batched: int) -> int:
    """The highest point of one run: a layer at work, the sampler, or the encoder of images, whichever is the most."""
    sampler = (SAMPLER if launch.version >= _ONE_SORT else SAMPLER_BEFORE) * sequences * shape.vocabulary * 4
    layer = _LAYER * batched * shape.hidden * 2
    text = max(sampler, layer) + _experts(shape, launch, batched)
    tokens = 0 if launch.text_only or launch.images == 0 else shape.image_tokens
    return int(max(text, tokens * _PER_IMAGE_TOKEN) + tokens * shape.hidden * 2)


def _experts(shape: Shape, launch: Launch, batched: int) -> int:
    """Each token is laid out once for every expert that it passes through."""
    if shape.experts is None:
        return 0
    inner = shape.experts.inner / (1 if launch.expert_parallel else launch.tensor)
    return int(batched * shape.experts.active * (max(2 * inner, shape.hidden) + inner) * 2)


def _graphs(shape: Shape, launch: Launch, gpu: Gpu, sequences: int) -> tuple[int, float]:
    """Bytes of CUDA graphs, and what part of all that vLLM may capture they are."""
    if launch.eager:
        return 0, 0.0
    largest = min(2 * sequences, 1024 if gpu.capability[0] == 10 else 512)
    sizes = len([size for size in (1, 2, 4, *range(8, 256, 8), *range(256, 1025, 16)) if size <= largest])
    several = launch.tensor > 1 or shape.experts is not None
    size = FIRST_GRAPH + (sizes - 1) * GRAPH
    return int(size * (GRAPHS_OF_SEVERAL if several else 1)), min(1.0, sizes / _ALL_SIZES)


def _non_torch(launch: Launch) -> int:
    if launch.tensor == 1 and launch.pipeline > 1:
        return _STAGES
    if launch.version >= _LARGER_BUFFERS:
        return TOGETHER if launch.tensor > 1 else ALONE
    return _TOGETHER_BEFORE if launch.tensor > 1 else ALONE_BEFORE


def _margin(launch: Launch, captured: float) -> int:
    """Errors that have nothing to do with each other seldom add up: the root of the sum of their squares."""
    graphs = _OFF_GRAPHS * captured if launch.version >= _GRAPHS_CHARGED else 0.0
    libraries = _OFF_TOGETHER if launch.tensor > 1 else _OFF_ALONE
    return int(math.hypot(_OFF_ACTIVATIONS, graphs, libraries) * _GI)
