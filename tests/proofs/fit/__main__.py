"""`python -m tests.proofs.fit`: every measured run beside what the arithmetic says of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TextIO

from tests.proofs.fit.measured import GI, Run, accuracy, halves, off

_OUTLIER = 0.10


def show(out: TextIO) -> None:
    """Both halves, and the verdict on the one that judges."""
    fitted, judged = halves()
    for title, half in (("for constants", fitted), ("that judge", judged)):
        print(f"Runs {title}: GiB per GPU, as measured and as worked out\n", file=out)
        for line in _table(half):
            print(line, file=out)
        print(file=out)
    weights = accuracy(judged, lambda run: run.weights, lambda run: run.estimate.weights / GI)
    cache = accuracy(judged, lambda run: run.kept, lambda run: run.estimate.room / GI)
    print(f"Median error over the runs that judge: weights {weights:.1%}, KV cache {cache:.1%}", file=out)
    known = [run for half in (fitted, judged) for run in half if run.shape]
    failed = [run for run in known if not run.started]
    refused = [run for run in failed if not run.estimate.starts]
    false = [run for run in known if run.started and not run.estimate.starts]
    print(f"Failed on real GPUs: {len(failed)}, of which refused: {len(refused)}", file=out)
    print(f"False refusals: {len(false)} of {len(known) - len(failed)} that started", file=out)
    for run in false:
        print(f"  {run.name}: {_verdict(run)}", file=out)
    print(f"Further off than {_OUTLIER:.0%}:", file=out)
    for run in known:
        if run.started and run.kept is not None and abs(off(run.estimate.room / GI, run.kept)) > _OUTLIER:
            print(f"  {run.name}: {off(run.estimate.room / GI, run.kept):+.0%} of the cache; {run.note}", file=out)


def _table(half: Iterable[Run]) -> Iterable[str]:
    yield f"{'run':<72} {'weights':>15}       {'KV cache':>15}       {'started':<9} worked out"
    for run in half:
        if run.shape is None:
            yield f"{run.name:<72} {'':<44}{_yes(run.started):<9} undecided: {run.beyond}"
            continue
        weights = _pair(run.weights, run.estimate.weights / GI)
        cache = _pair(run.kept if run.cache is None else run.cache, run.estimate.room / GI)
        yield f"{run.name:<72} {weights} {cache} {_yes(run.started):<9} {_verdict(run)}"


def _pair(seen: float | None, said: float) -> str:
    if seen is None:
        return f"{'-':>7} {said:7.2f}       "
    mark = f"{off(said, seen):+6.1%}" if seen > 0 else ""
    return f"{seen:7.2f} {said:7.2f} {mark:>6}"


def _yes(started: bool) -> str:  # noqa: FBT001 - a word for a fact
    return "yes" if started else "no"


def _verdict(run: Run) -> str:
    said = run.estimate
    if said.starts:
        return "starts"
    if not said.fits_beside:
        return f"{(said.requested + said.outside) / GI:.2f} GiB asked of {said.gpu.total / GI:.2f}"
    if said.room <= 0:
        return f"no room for a cache: {said.room / GI:.2f}"
    return f"one request takes {said.needed / GI:.2f} of {said.room / GI:.2f}"


if __name__ == "__main__":
    show(sys.stdout)
