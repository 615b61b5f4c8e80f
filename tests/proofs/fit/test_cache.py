"""What requests take of the KV cache."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from groundwork.fleet.model import SlidingWindow
from groundwork.proofs.fit.cache import Cache
from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.shape import Shape

GI = 1024**3
LLAMA_8B = Shape(
    weights=16_060_522_496,
    parameters=8_030_261_248,
    layers=32,
    heads=32,
    kv_heads=8,
    head_dim=128,
    hidden=4096,
    vocabulary=128256,
    positions=131072,
    dtype="bfloat16",
)
GEMMA_27B = replace(
    LLAMA_8B, layers=62, kv_heads=16, window=SlidingWindow.model_validate({"tokens": 1024, "layers": 52}), tied=True
)
DEEPSEEK_V3 = replace(LLAMA_8B, layers=61, latent=576)


def cache(shape: Shape, in_flight: int = 8192, **told: Any) -> Cache:
    """Of a start that is told so."""
    return Cache.of(shape, Launch(**told), in_flight)


@pytest.mark.parametrize(
    ("shape", "kib"),
    [
        (LLAMA_8B, 128),
        (replace(LLAMA_8B, layers=80), 320),
        (replace(LLAMA_8B, layers=28, kv_heads=4), 56),
        (DEEPSEEK_V3, 68.625),
    ],
    ids=["Llama 8B", "Llama 70B", "Qwen2.5 7B", "DeepSeek V3"],
)
def test_a_token_takes_what_is_published(shape: Shape, kib: float) -> None:
    """In 16 bit on one GPU."""
    assert cache(shape).request(16) == 16 * kib * 1024


def test_heads_are_divided_and_never_below_one() -> None:
    """Eight key-value heads: two GPUs keep half each, sixteen keep one each."""
    assert cache(LLAMA_8B, tensor=2).request(16) == cache(LLAMA_8B).request(16) / 2
    assert cache(LLAMA_8B, tensor=16).request(16) == cache(LLAMA_8B).request(16) / 8


def test_latent_attention_is_copied_to_every_gpu() -> None:
    """Tensor parallelism does not help; stages do."""
    assert cache(DEEPSEEK_V3, tensor=8).request(16) == cache(DEEPSEEK_V3).request(16)
    assert cache(replace(DEEPSEEK_V3, layers=60), pipeline=2).request(16) == cache(
        replace(DEEPSEEK_V3, layers=30)
    ).request(16)


def test_an_index_takes_132_bytes_more() -> None:
    """Per token and layer that has one."""
    indexed = replace(DEEPSEEK_V3, indexed_layers=61)

    assert cache(indexed).request(16) - cache(DEEPSEEK_V3).request(16) == 16 * 61 * 132


def test_8_bit_doubles_what_fits() -> None:
    """As the log of Llama 8B says: 476,016 tokens become 952,032."""
    room = int(58.11 * GI)

    assert cache(LLAMA_8B).tokens(room, 8192) == pytest.approx(476_016, rel=0.001)
    assert cache(LLAMA_8B, cache_dtype="fp8").tokens(room, 8192) == pytest.approx(952_032, rel=0.001)


def test_windows_keep_what_is_computed_at_once() -> None:
    """gemma-3-27b in the log of vLLM 0.19: 4.46 requests of 8192 tokens in 19.53 GiB, because 8192 tokens are computed at once."""
    assert cache(GEMMA_27B).requests(int(19.53 * GI), 8192) == pytest.approx(4.46, abs=0.01)


def test_windows_save_what_is_behind_them() -> None:
    """Long requests grow by the layers that see everything."""
    small = cache(GEMMA_27B, in_flight=2048)

    assert small.request(131072) - small.request(65536) == 65536 * 10 * 2 * 16 * 128 * 2


def test_blocks_are_whole() -> None:
    """A seventeenth token takes a second block; larger blocks take more."""
    assert cache(LLAMA_8B).request(17) == 2 * cache(LLAMA_8B).request(16)
    assert cache(LLAMA_8B, block=128).request(17) == 8 * cache(LLAMA_8B).request(16)


@pytest.mark.parametrize("requests", [1, 3, 8])
def test_the_longest_context_is_the_last_that_fits(requests: int) -> None:
    """One block more is too much."""
    one, room = cache(LLAMA_8B), 5 * GI

    longest = one.longest(room, requests, 131072)

    assert one.request(longest) * requests <= room < one.request(longest + 1) * requests


def test_the_longest_context_ends_with_the_model_and_with_the_room() -> None:
    """At the model's own positions, or at nothing."""
    assert cache(LLAMA_8B).longest(1000 * GI, 1, 131072) == 131072
    assert cache(LLAMA_8B).longest(1024, 1, 131072) == 0
    assert cache(LLAMA_8B).requests(-1, 1024) == 0
