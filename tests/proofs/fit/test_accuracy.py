"""The arithmetic against real GPUs: constants from one half of the runs, accuracy on the other."""

from __future__ import annotations

import io
from collections.abc import Callable
from statistics import median

import pytest

from groundwork.proofs.fit import memory
from tests.proofs.fit.__main__ import show
from tests.proofs.fit.measured import GI, Run, accuracy, halves, off, runs

# The first engine, and the second as it was before it was the default: nothing of ours runs them.
_OLD = (0, 8)


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


def test_weights_are_within_3_percent_at_the_median() -> None:
    """Of the half that judges; so is every run of it but for kernels that pad."""
    judged = halves()[1]

    assert accuracy(judged, lambda run: run.weights, lambda run: run.estimate.weights / GI) <= 0.03
    assert [
        run.name
        for run in judged
        if run.shape and run.weights and abs(off(run.estimate.weights / GI, run.weights)) > 0.03
    ] == []


def test_the_cache_is_within_10_percent_at_the_median() -> None:
    """Of the half that judges; what is further off is old, or does not add up in its own log."""
    judged = halves()[1]

    assert accuracy(judged, lambda run: run.kept, lambda run: run.estimate.room / GI) <= 0.10
    far = [run for run in judged if run.kept and abs(off(run.estimate.room / GI, run.kept)) > 0.10]
    assert all(run.launch.version < _OLD or run.model == "openai/gpt-oss-120b" for run in far)


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
        (memory.GRAPHS_OF_SEVERAL * 0.71, lambda run: graphs(run, several=True), 0.1),
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
