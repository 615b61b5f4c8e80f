"""Memory of the host, and what processes share of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from groundwork.proofs.fit.host import neuron_memory, shared_memory, vllm_memory
from groundwork.proofs.fit.launch import Launch
from tests.proofs.fit.test_cache import LLAMA_8B

GI = 1024**3


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
