"""How vLLM divides a GPU."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from groundwork.catalog.accelerators import accelerator
from groundwork.fleet.model import Experts
from groundwork.proofs.fit.gpu import Gpu
from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.memory import budget, lora_bytes, weights_of
from groundwork.proofs.fit.shape import Shape
from tests.proofs.fit.test_cache import DEEPSEEK_V3, LLAMA_8B

GI = 1024**3
L4, H100, H200 = (Gpu.of(accelerator(name)) for name in ("l4", "h100", "h200"))


def test_the_parts_add_up() -> None:
    """What vLLM takes is what it gives away, and the cache is the rest."""
    one = budget(LLAMA_8B, Launch(version=(0, 30), context=8192, utilization=0.9), L4)

    assert one.weights + one.lora + one.activations + one.non_torch + one.graphs + one.room == one.requested
    assert one.requested == pytest.approx(0.9 * L4.total)


def test_graphs_are_beside_the_budget_before_0_21() -> None:
    """From then on they are charged."""
    before, since = (budget(LLAMA_8B, Launch(version=(0, minor), context=8192), H100) for minor in (20, 21))

    assert before.room - since.room == before.graphs
    assert before.outside - since.outside == before.graphs


def test_no_graphs_are_captured_eagerly_and_few_for_few_sequences() -> None:
    """--enforce-eager, --max-num-seqs."""

    def graphs(**told: Any) -> int:
        return budget(LLAMA_8B, Launch(context=8192, **told), H100).graphs

    assert graphs(eager=True) == 0
    assert 0 < graphs(sequences=4) < graphs(sequences=1024) / 4


def test_sequences_and_tokens_follow_the_gpu() -> None:
    """More on a large one, which costs activations; A100 counts as small."""
    large = replace(H100, total=81 * GI)

    assert (
        budget(LLAMA_8B, Launch(context=8192), large).activations
        > budget(LLAMA_8B, Launch(context=8192), L4).activations
    )
    a100 = replace(large, capability=(8, 0))
    assert (
        budget(LLAMA_8B, Launch(context=8192), a100).activations
        == budget(LLAMA_8B, Launch(context=8192), L4).activations
    )


def test_quantized_at_load_only_layers_shrink() -> None:
    """8.49 GiB of Llama 8B in fp8, whether it comes so or is made so."""
    assert weights_of(LLAMA_8B, Launch(quantization="fp8")) / GI == pytest.approx(8.49, abs=0.02)
    assert weights_of(LLAMA_8B, Launch(dtype="float32")) / GI == pytest.approx(29.98, abs=0.05)


def test_a_stage_has_embeddings_or_the_output_layer() -> None:
    """4.26 GiB of Llama 8B on the first of four stages."""
    assert weights_of(LLAMA_8B, Launch(pipeline=4)) / GI == pytest.approx(4.26, abs=0.01)


def test_latent_projections_are_on_every_gpu() -> None:
    """Less is divided than the bytes of the files."""
    assert weights_of(DEEPSEEK_V3, Launch(tensor=8)) > weights_of(
        replace(DEEPSEEK_V3, latent=0, kv_heads=8), Launch(tensor=8)
    )


def test_offloaded_weights_are_not_on_the_gpu() -> None:
    """--cpu-offload-gb counts per GPU."""
    assert weights_of(LLAMA_8B, Launch()) - weights_of(LLAMA_8B, Launch(offloaded=2 * GI)) == 2 * GI


@pytest.mark.parametrize(("rank", "gib"), [(16, 0.08), (64, 0.31)])
def test_an_adapter_takes_room_from_the_start(rank: int, gib: float) -> None:
    """Of Llama 8B with all linear layers, for each that may be loaded at once."""
    one = Launch(lora=True, lora_rank=rank)

    assert lora_bytes(LLAMA_8B, one) / GI == pytest.approx(gib, abs=0.005)
    assert lora_bytes(LLAMA_8B, replace(one, loras=4)) == pytest.approx(4 * lora_bytes(LLAMA_8B, one), abs=4)
    assert lora_bytes(LLAMA_8B, replace(one, lora=False)) == 0


def test_half_of_an_adapter_is_on_every_gpu() -> None:
    """Unless --fully-sharded-loras."""
    alone = Launch(lora=True)
    spread = replace(alone, tensor=4)

    assert lora_bytes(LLAMA_8B, alone) / 4 < lora_bytes(LLAMA_8B, spread) < lora_bytes(LLAMA_8B, alone)
    assert lora_bytes(LLAMA_8B, replace(spread, lora_sharded=True)) == pytest.approx(
        lora_bytes(LLAMA_8B, alone) / 4, abs=4
    )


def test_experts_and_images_take_activations() -> None:
    """Each token for every expert it passes; the encoder at the largest image, unless there are none."""

    def activations(shape: Shape, **told: Any) -> int:
        return budget(shape, Launch(context=8192, sequences=4, **told), L4).activations

    experts = replace(LLAMA_8B, experts=Experts.model_validate({"count": 128, "active": 8, "inner": 768}))
    sees = replace(LLAMA_8B, image_tokens=16384)
    assert activations(experts) > activations(LLAMA_8B)
    assert activations(sees) > activations(sees, images=0) == activations(LLAMA_8B) == activations(sees, text_only=True)


def test_a_share_that_leaves_no_room_for_the_context_does_not_start() -> None:
    """0.99 of an L4 leaves 0.2 GiB."""
    assert budget(LLAMA_8B, Launch(context=1024, utilization=0.92), L4).starts
    assert not budget(LLAMA_8B, Launch(context=1024, utilization=0.99), L4).fits_beside


def test_a_fixed_cache_needs_no_profile() -> None:
    """--kv-cache-memory-bytes."""
    assert budget(LLAMA_8B, Launch(context=8192, cache_bytes=3 * GI), L4).room == 3 * GI


def test_the_length_is_the_models_or_what_fits() -> None:
    """Without --max-model-len, and with -1."""
    assert budget(LLAMA_8B, Launch(), H100).context == 131072
    chosen = budget(LLAMA_8B, Launch(context=-1), L4)
    assert 1024 < chosen.context < 131072
    assert chosen.starts


@pytest.mark.parametrize(("profile", "gib"), [("1g.18gb", 17), ("1g.35gb", 34), ("3g.71gb", 68), ("7g.141gb", 136)])
def test_a_slice_has_its_eighths(profile: str, gib: float) -> None:
    """Of the memory of an H200."""
    assert Gpu.of(accelerator("h200"), profile).total / GI == pytest.approx(gib, abs=1)
    assert Gpu.of(accelerator("h200")).total == H200.total
