"""Runs of vLLM on real GPUs, and what the arithmetic says of each.

`measured.csv` has a line per run: 56 collected by 2026-11-20 from the GitHub threads that it names, two more on 2026-11-21 (Qwen2.5-VL,
whose encoder nothing else measures, and Qwen3-235B, found when all constants were set).
`shapes.yaml` has the models. Sizes are in GiB per GPU. A half of the runs, chosen by seed, is for constants; the other half judges.
"""

from __future__ import annotations

import csv
import functools
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from groundwork.fleet.model import Experts, SlidingWindow
from groundwork.proofs.fit.gpu import Gpu
from groundwork.proofs.fit.launch import Launch, read_launch, version_of
from groundwork.proofs.fit.memory import Budget, budget
from groundwork.proofs.fit.shape import Shape

__all__ = ["GI", "Run", "accuracy", "halves", "off", "runs"]

GI = 1024**3
_HERE = Path(__file__).parent
# The first, counted from 1, whose half for constants has runs of every kind.
_SEED = 2
# Bytes of a weight; of 4 bit in groups of 128 with their scales (AWQ, GPTQ).
_WIDTHS = {"bfloat16": 2.0, "fp8": 1.0, "int8": 1.0, "int4": 0.515625, "mxfp4": 0.53125, "nvfp4": 0.5625}


@dataclass(frozen=True, kw_only=True)
class Run:
    """One start. Figures that nobody published are None; `beyond` says why the arithmetic does not cover a model."""

    model: str
    name: str
    launch: Launch
    gpu: Gpu
    shape: Shape | None
    beyond: str
    weights: float | None
    activations: float | None
    non_torch: float | None
    graphs: float | None
    cache: float | None
    tokens: int | None
    started: bool
    source: str
    note: str

    @property
    def kept(self) -> float | None:
        """The cache where there was one; where only its tokens were published, what these take."""
        if self.cache is None and self.tokens and self.shape:
            return self.tokens * self.estimate.needed / self.estimate.context / GI
        return self.cache if self.cache is not None and self.cache > 0 else None

    @functools.cached_property
    def estimate(self) -> Budget:
        """What the arithmetic says."""
        assert self.shape is not None
        return budget(self.shape, self.launch, self.gpu)


@functools.cache
def runs() -> tuple[Run, ...]:
    """All of them, in the file's order."""
    known = yaml.safe_load((_HERE / "shapes.yaml").read_text())
    with (_HERE / "measured.csv").open(newline="") as file:
        return tuple(_run(row, known) for row in csv.DictReader(file))


def halves(seed: int = _SEED) -> tuple[list[Run], list[Run]]:
    """The half for constants, and the half that judges. All runs of a model are in one of them; a new run moves no other."""
    fitted = [run for run in runs() if random.Random(f"{seed} {run.model}").random() < 1 / 2]
    return fitted, [run for run in runs() if run not in fitted]


def off(estimate: float, seen: float) -> float:
    """By what part of it an estimate misses what was seen."""
    return (estimate - seen) / abs(seen)


def _run(row: Mapping[str, str], known: Mapping[str, Any]) -> Run:
    checkpoint = known["checkpoints"][row["model"]]
    major, minor = row["capability"].split(".")
    number = {key: float(row[key]) if row[key] else None for key in row if key.endswith("_gib")}
    total = float(row["total_gib"])
    said = [f"--tensor-parallel-size={row['tensor']}", f"--pipeline-parallel-size={row['pipeline']}"]
    flags = {"--kv-cache-dtype": "cache_dtype", "--max-model-len": "context", "--gpu-memory-utilization": "utilization"}
    said += [f"{flag}={row[key]}" for flag, key in flags.items() if row[key]]
    devices = int(row["tensor"]) * int(row["pipeline"])
    return Run(
        model=row["model"],
        name=f"{row['model'].rpartition('/')[2]}, {row['version']}, {devices} x {row['gpu']}",
        launch=read_launch([*said, *row["arguments"].split()], version_of(f"vllm:{row['version']}")),
        gpu=Gpu(name=row["gpu"], total=int(total * GI), capability=(int(major), int(minor))),
        shape=_shape(row, checkpoint, known["shapes"]) if "shape" in checkpoint else None,
        beyond=checkpoint.get("beyond", ""),
        weights=number["weights_gib"],
        activations=number["activations_gib"],
        non_torch=number["non_torch_gib"],
        graphs=number["graphs_gib"],
        cache=number["cache_gib"],
        tokens=int(row["cache_tokens"]) if row["cache_tokens"] else None,
        started=row["result"] == "ok",
        source=row["source"],
        note=row["note"],
    )


def _shape(row: Mapping[str, str], checkpoint: Mapping[str, Any], shapes: Mapping[str, Any]) -> Shape:
    given = dict(shapes[checkpoint["shape"]])
    dtype = row["weights"]
    outside = given["vocabulary"] * given["hidden"] * (1 if given.get("tied") else 2)
    derived = int((given["parameters"] - outside) * _WIDTHS[dtype] + 2 * outside)
    for name, kind in (("experts", Experts), ("window", SlidingWindow)):
        if name in given:
            given[name] = kind.model_validate(given[name])
    return Shape(**given, dtype=dtype, weights=checkpoint.get("bytes", derived))


def accuracy(of: Iterable[Run], seen: Callable[[Run], float | None], said: Callable[[Run], float]) -> float:
    """The median of how far estimates are off, of the runs for which a figure was published."""
    pairs = [(said(run), figure) for run in of if run.shape and (figure := seen(run)) is not None]
    return median(abs(off(estimate, figure)) for estimate, figure in pairs)
