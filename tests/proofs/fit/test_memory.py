"""How vLLM divides a GPU: part by part, and against real ones: constants from one half of the runs, accuracy on the other."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import pytest

from groundwork.catalog.accelerators import accelerator
from groundwork.fleet.model import Experts
from groundwork.proofs.fit import memory
from groundwork.proofs.fit.gpu import Gpu
from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.memory import budget, lora_bytes, weights_of
from groundwork.proofs.fit.shape import Shape
from tests.proofs.fit.__main__ import show
from tests.proofs.fit.measured import GI, Run, accuracy, halves, off, runs
from tests.proofs.fit.test_cache import DEEPSEEK_V3, LLAMA_8B

L4, H100 = (Gpu.of(accelerator(name)) for name in ("l4", "h100"))
# The first engine, and the second as it was before it was the default: nothing of ours runs them.
_OLD = (0, 8)


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


def test_adapters_of_experts_are_kept_for_each() -> None:
    """128 experts are 128 feed-forward parts."""
    experts = Experts.model_validate({"count": 128, "active": 8, "inner": 768})
    one, attention = Launch(lora=True), 16 * 2 * 32 * (4 * 4096 + 2 * 4096 + 2 * 1024)

    assert lora_bytes(replace(LLAMA_8B, experts=experts), one) == attention + 16 * 2 * 32 * 128 * 3 * (4096 + 768)


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


def known() -> list[Run]:
    """The runs of models that the arithmetic covers."""
    return [run for run in runs() if run.shape]


def middle(of: Callable[[Run], float | None]) -> float:
    """The median over the half for constants."""
    return median(figure for run in halves()[0] if run.shape and (figure := of(run)) is not None)


def grown(run: Run) -> float | None:
    """Weights of MXFP4 on the GPU against their files."""
    if run.shape is None or run.weights is None or run.shape.dtype != "mxfp4":
        return None
    return run.weights * GI * run.launch.tensor / run.shape.weights


def test_weights_are_within_3_percent_and_the_cache_within_10_at_the_median() -> None:
    """Of the half that judges."""
    judged = halves()[1]

    assert accuracy(judged, lambda run: run.weights, lambda run: run.estimate.weights / GI) <= 0.03
    assert accuracy(judged, lambda run: run.kept, lambda run: run.estimate.room / GI) <= 0.10


@pytest.mark.parametrize("seed", range(20))
def test_it_does_not_matter_which_half_judges(seed: int) -> None:
    """No seed was chosen for its result: others say the same, within one percent."""
    judged = halves(seed)[1]

    assert accuracy(judged, lambda run: run.weights, lambda run: run.estimate.weights / GI) <= 0.01
    assert accuracy(judged, lambda run: run.kept, lambda run: run.estimate.room / GI) <= 0.01


def test_what_is_further_off_has_a_reason() -> None:
    """Weights by more than 3 percent, the cache by more than 10: of both halves."""
    far = [run for run in known() if run.weights and abs(off(run.estimate.weights / GI, run.weights)) > 0.03]
    far += [run for run in known() if run.started and run.kept and abs(off(run.estimate.room / GI, run.kept)) > 0.10]

    assert [run.name for run in far if not run.note] == []
    assert len(far) <= 6


def test_every_run_that_failed_is_refused() -> None:
    """Of both halves: five out of memory for the cache, one request too long, one after the cache was there, one while loading."""
    failed = [run for run in known() if not run.started]

    assert len(failed) == 8
    assert [run.name for run in failed if run.estimate.starts] == []


def test_one_run_that_started_is_refused() -> None:
    """gpt-oss-120b on vLLM 0.11 found 3.3 GiB where its own log leaves none: its activations include a repacking of the weights."""
    refused = [run for run in known() if run.started and not run.estimate.starts]

    assert [(run.model, run.launch.version) for run in refused] == [("openai/gpt-oss-120b", (0, 11))]
    assert refused[0].note


def test_what_is_not_covered_is_said() -> None:
    """Four of the runs are of models with recurrent layers, or heads of two widths."""
    assert sum(bool(run.beyond) for run in runs()) == 4


def test_the_cache_is_seldom_further_off_than_the_margin() -> None:
    """Of versions from 0.17 on, whose arithmetic ours is."""
    recent = [(run, run.kept) for run in halves()[1] if run.kept and run.launch.version >= (0, 17)]
    within = [run for run, kept in recent if abs(run.estimate.room / GI - kept) <= run.estimate.margin / GI]

    assert len(within) >= 0.85 * len(recent)


@pytest.mark.parametrize(
    ("constant", "seen", "tolerance"),
    [
        (memory.SAMPLER, lambda run: sampled(run) if run.launch.version >= (0, 17) else None, 0.03),
        (memory.SAMPLER_BEFORE, lambda run: sampled(run) if _OLD <= run.launch.version < (0, 17) else None, 0.03),
        (memory.ALONE / GI, lambda run: libraries(run, alone=True, recent=True), 0.03),
        (memory.ALONE_BEFORE / GI, lambda run: libraries(run, alone=True, recent=False), 0.03),
        (memory.TOGETHER / GI, lambda run: libraries(run, alone=False, recent=True), 0.03),
        (memory.MXFP4_GROWTH, grown, 0.03),
        (50 * memory.GRAPH / GI + memory.FIRST_GRAPH / GI, lambda run: graphs(run, several=False), 0.1),
        (
            memory.GRAPHS_OF_SEVERAL * (50 * memory.GRAPH + memory.FIRST_GRAPH) / GI,
            lambda run: graphs(run, several=True),
            0.1,
        ),
    ],
    ids=["sampler", "sampler before 0.17", "alone", "alone before", "together", "mxfp4", "graphs", "graphs of several"],
)
def test_constants_come_from_the_half_that_does_not_judge(
    constant: float, seen: Callable[[Run], float | None], tolerance: float
) -> None:
    """Each is the median of what was seen there."""
    assert constant == pytest.approx(middle(seen), rel=tolerance)


def sampled(run: Run) -> float | None:
    """Activations as a multiple of all scores, where these are the most: large vocabularies, no experts, current GPUs."""
    shape = run.shape
    if (
        run.activations is None
        or shape is None
        or shape.experts
        or shape.vocabulary < 100_000
        or run.gpu.capability < (8, 0)
    ):
        return None
    sequences = 1024 if run.gpu.total > 70 * GI else 256
    return run.activations * GI / (sequences * shape.vocabulary * 4)


def libraries(run: Run, *, alone: bool, recent: bool) -> float | None:
    """What libraries keep."""
    fits = (run.launch.world == 1) == alone and (run.launch.version >= (0, 18)) == recent and run.launch.version >= _OLD
    return run.non_torch if fits and run.gpu.capability >= (8, 0) else None


def graphs(run: Run, *, several: bool) -> float | None:
    """CUDA graphs: of one GPU and no experts, or of several."""
    spread = run.launch.tensor > 1 or (run.shape is not None and run.shape.experts is not None)
    return run.graphs if run.launch.version >= (0, 17) and spread == several else None


def test_the_table_is_printed() -> None:
    """`python -m tests.proofs.fit` shows every run and sums up."""
    out = io.StringIO()

    show(out)

    assert all(run.name in out.getvalue() for run in runs())
    assert "of which refused: 8" in out.getvalue()
