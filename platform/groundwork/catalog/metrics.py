"""Metrics: the series that exporters really have (`metrics.csv`), and what in a tree runs each exporter (`exporters.yaml`).

Carried over on 2026-11-20; every row names the upstream file or release that it was read from. A series that is not in the
table is not proven to exist.
"""

from __future__ import annotations

import csv
import functools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Exporter", "Metric", "exporters", "named", "series"]

_METRICS = Path(__file__).with_name("metrics.csv")
_EXPORTERS = Path(__file__).with_name("exporters.yaml")
# What Prometheus itself adds for every target and every alert.
_BUILT_IN = ("ALERTS", "ALERTS_FOR_STATE", "scrape_duration_seconds", "scrape_samples_scraped", "up")
_PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of one exporter. `name` is the exposed name; a histogram's is the base of its `_bucket`, `_sum`, `_count`."""

    exporter: str
    name: str
    type: str


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """What runs an exporter: containers of an image, a chart, a custom resource; or every cluster has it."""

    name: str
    images: frozenset[str]
    charts: frozenset[str]
    kinds: frozenset[str]
    always: bool


@functools.cache
def series() -> Mapping[str, tuple[Metric, ...]]:
    """Every series by its queryable name: those of several exporters have several metrics; Prometheus' own have none."""
    found: dict[str, list[Metric]] = defaultdict(list)
    with _METRICS.open(newline="") as file:
        for row in csv.DictReader(file):
            metric = Metric(exporter=row["exporter"], name=row["metric"], type=row["type"])
            for part in _PARTS.get(metric.type, ("",)):
                found[metric.name + part].append(metric)
    return {name: tuple(metrics) for name, metrics in found.items()} | dict.fromkeys(_BUILT_IN, ())


@functools.cache
def named() -> Mapping[str, Metric]:
    """Metrics by their base name: what a histogram is called without its parts."""
    return {metric.name: metric for metrics in series().values() for metric in metrics}


@functools.cache
def exporters() -> Mapping[str, Exporter]:
    """Every exporter, by name."""
    loaded: dict[str, dict[str, Any]] = yaml.load(_EXPORTERS.read_text(), Loader=yaml.CSafeLoader)
    return {
        name: Exporter(
            name=name,
            images=frozenset(body.get("images", ())),
            charts=frozenset(body.get("charts", ())),
            kinds=frozenset(body.get("kinds", ())),
            always=body.get("always", False),
        )
        for name, body in loaded.items()
    }
