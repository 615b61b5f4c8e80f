"""Memory of llama.cpp's container."""

from __future__ import annotations

import pytest

from groundwork.proofs.fit.llamacpp import LlamaLaunch, llama_budget
from tests.proofs.fit.test_cache import LLAMA_8B


def test_llama_cpp_keeps_one_cache_for_all_slots() -> None:
    """Its size is that of all together, in 16 bit unless told otherwise."""
    flags = {"--ctx-size": ["16384"], "--parallel": ["2"], "--cache-type-k": [], "--cache-type-v": []}
    one = llama_budget(LLAMA_8B, LlamaLaunch.read(flags, embeds=False))
    smaller = LlamaLaunch.read({**flags, "--cache-type-k": ["q8_0"], "--cache-type-v": ["q8_0"]}, embeds=False)

    assert one.cache == 16384 * 128 * 1024
    assert (one.context, one.slots) == (8192, 2)
    assert llama_budget(LLAMA_8B, smaller).cache == pytest.approx(one.cache * 17 / 32)
    assert one.longest(one.needed, 2, 131072) == 8192


def test_an_encoder_keeps_no_cache() -> None:
    """Whatever RayService tells its application."""
    one = llama_budget(LLAMA_8B, LlamaLaunch.of_ray({"slots": 8, "context": 512}))

    assert (one.cache, one.context, one.slots) == (0, 512, 8)


def test_llama_cpp_takes_the_models_length_unless_told() -> None:
    """For each slot."""
    assert llama_budget(LLAMA_8B, LlamaLaunch()).context == 131072
