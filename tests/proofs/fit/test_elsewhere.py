"""Memory beside GPUs: Neuron cores, llama.cpp's container, the host."""

from __future__ import annotations

from dataclasses import replace

import pytest

from groundwork.catalog.accelerators import accelerator
from groundwork.proofs.fit.host import neuron_memory, shared_memory, vllm_memory
from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.llamacpp import LlamaLaunch, llama_budget
from groundwork.proofs.fit.neuron import core_budget
from tests.proofs.fit.test_cache import LLAMA_8B

GI = 1024**3


def test_a_neuron_core_keeps_every_sequence_at_full_length() -> None:
    """Llama 8B on one Inferentia2: each of two cores has half of it in 16 GiB; four sequences fit, forty do not."""
    told = Launch(tensor=2, context=8192, sequences=4)

    four, forty = (
        core_budget(LLAMA_8B, replace(told, sequences=sequences), accelerator("inferentia2")) for sequences in (4, 40)
    )

    assert four.total == 16 * GI
    assert four.reserved == 4 * 8192 * 64 * 1024
    assert four.starts
    assert not forty.starts
    assert four.requests() == pytest.approx(four.room / four.reserved * 4)


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


def test_a_process_alone_shares_nothing() -> None:
    """Two know to be content with 2 GiB; a container's own 64 MiB are too little for any."""
    assert shared_memory(1) == 0
    assert 64 * 1024**2 < shared_memory(2) <= 2 * GI
    assert shared_memory(8) <= 8 * GI


def test_host_memory_grows_with_processes_and_what_is_kept_there() -> None:
    """3.6 to 4 GiB were seen of a server with one GPU."""
    one = vllm_memory(LLAMA_8B, Launch(), 1)

    assert one == 4 * GI
    assert vllm_memory(LLAMA_8B, Launch(), 2) > one
    assert vllm_memory(replace(LLAMA_8B, image_tokens=16384), Launch(), 1) == one + 4 * GI
    assert vllm_memory(LLAMA_8B, Launch(lora=True, loras_in_memory=16), 1) - one == pytest.approx(
        16 * 0.078 * GI, rel=0.01
    )
    assert vllm_memory(LLAMA_8B, Launch(offloaded=GI), 2) == vllm_memory(LLAMA_8B, Launch(), 2) + 2 * GI


def test_neuron_holds_weights_twice() -> None:
    """While they are laid out for the cores."""
    assert neuron_memory(LLAMA_8B) > 2 * LLAMA_8B.weights
