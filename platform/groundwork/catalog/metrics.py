"""Metrics: the series that exporters really have (`metrics.csv`), and what in a tree runs each exporter (`exporters.yaml`).

Carried over on 2026-11-20; every row names the upstream file or release that it was read from. A series that is not in the
table is not proven to exist.
"""

from __future__ import annotations

import csv
import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

__all__ = ["Exporter", "Label", "Metric", "exporters", "named", "series"]

_METRICS = Path(__file__).with_name("metrics.csv")
_EXPORTERS = Path(__file__).with_name("exporters.yaml")
# What Prometheus itself adds for every target and every alert.
_BUILT_IN = ("ALERTS", "ALERTS_FOR_STATE", "scrape_duration_seconds", "scrape_samples_scraped", "up")
_PARTS = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
_PART_LABELS = {"histogram": "le", "summary": "quantile"}
# "namespace,phase(Pending|Running),reason; only with ..." as the table writes labels and their values.
_COMMA = re.compile(r",(?![^()]*\))")
_LABEL = re.compile(r"(?P<name>[A-Za-z_]\w*)(?:\((?P<values>[\w-]+(?:\|[\w-]+)+)(?P<more>\|\.\.\.)?\))?")

Label = str


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of one exporter. `name` is the exposed name; a histogram's is the base of its `_bucket`, `_sum`, `_count`."""

    exporter: str
    name: str
    type: Literal["counter", "gauge", "histogram", "summary"]
    unit: str
    written: str

    @functools.cached_property
    def labels(self) -> Mapping[Label, frozenset[str]]:
        """Its labels, each with its only values, or with none where they can be any."""
        found = {}
        for one in self._labels():
            if one is not None:
                found[one["name"]] = frozenset((one["values"] or "").split("|") if not one["more"] else ()) - {""}
        if self.type in _PART_LABELS:
            found[_PART_LABELS[self.type]] = frozenset()
        return found

    @functools.cached_property
    def open(self) -> bool:
        """Whether it may have labels that the table does not name one by one."""
        return any(one is None for one in self._labels())

    def _labels(self) -> Iterator[re.Match[str] | None]:
        for one in _COMMA.split(self.written.partition(";")[0]):
            if one.strip():
                yield _LABEL.fullmatch(one.strip())


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """What runs an exporter: containers of an image, the pods of a custom resource, or a chart.

    `charts` maps a chart to the values that switch its own monitor on, each with the chart's default; None where it has none.
    """

    name: str
    port: int
    images: frozenset[str]
    kinds: frozenset[str]
    charts: Mapping[str, Mapping[str, bool] | None]
    open_labels: bool
    trust: Literal["verified", "assumed"]


@functools.cache
def series() -> Mapping[str, tuple[Metric, ...]]:
    """Every series by its queryable name: those of several exporters have several metrics; Prometheus' own have none."""
    found: dict[str, list[Metric]] = defaultdict(list)
    with _METRICS.open(newline="") as file:
        for row in csv.DictReader(file):
            kind: Any = row["type"]
            metric = Metric(
                exporter=row["exporter"], name=row["metric"], type=kind, unit=row["unit"], written=row["labels"]
            )
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
    loaded: dict[str, Any] = yaml.load(_EXPORTERS.read_text(), Loader=yaml.CSafeLoader)
    return {
        name: Exporter(
            name=name,
            port=body["port"],
            images=frozenset(body.get("images", ())),
            kinds=frozenset(body.get("kinds", ())),
            charts=body.get("charts", {}),
            open_labels=body.get("openLabels", False),
            trust=body.get("trust", loaded["trust"]),
        )
        for name, body in loaded["exporters"].items()
    }
