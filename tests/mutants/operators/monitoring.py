"""Monitoring and scaling: what is scraped, asked and scaled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from groundwork.proofs.fields import Pointer, entries, mapping, strings, text
from groundwork.tree.manifest import Manifest
from tests.mutants.edit import Edit, add, change, drop, operator

# A name before labels, a range or a comparison; labels in `by (...)` are followed by nothing of these.
_SERIES = re.compile(r"\b[a-zA-Z]\w*[_:]\w+(?=[{\[]| [><=/])")


@operator("references", "ServiceMonitor", "PodMonitor")
def monitor_of_other_pods(one: Manifest) -> Iterator[Edit]:
    for key, value in mapping(one.body, "spec", "selector", "matchLabels").items():
        yield change(("spec", "selector", "matchLabels", key), f"{value}-x")


@operator("references", "ServiceMonitor")
def monitor_of_another_port(one: Manifest) -> Iterator[Edit]:
    for place, _ in entries(one.body, "spec", "endpoints"):
        yield change((*place, "port"), "other")


@operator("references", "PrometheusRule")
def alert_on_nothing(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if pointer[-1] == "expr":
            for name in _SERIES.findall(value):
                yield change(pointer, value.replace(name, f"{name}_x"))


@operator("references", "PrometheusRule")
def rate_of_a_gauge(one: Manifest) -> Iterator[Edit]:
    for pointer, _ in strings(one.body):
        if pointer[-1] == "expr":
            yield change(pointer, "rate(vllm:num_requests_waiting[5m]) > 1")


@operator("policies", "PrometheusRule")
def threshold_out_of_reach(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if pointer[-1] == "expr" and "kv_cache_usage_perc" in value:
            yield change(pointer, value.replace("0.95", "95"))


@operator("policies", "PrometheusRule")
def quantile_of_mixed_buckets(one: Manifest) -> Iterator[Edit]:
    for pointer, _ in strings(one.body):
        if pointer[-1] == "expr":
            yield change(pointer, "histogram_quantile(0.9, sum(rate(vllm:time_to_first_token_seconds_bucket[5m]))) > 5")


@operator("references", "PrometheusRule")
def alert_that_does_not_parse(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if pointer[-1] == "expr":
            yield change(pointer, f"{value})")


@operator("references", "ScaledObject")
def scaler_of_another(one: Manifest) -> Iterator[Edit]:
    yield change(("spec", "scaleTargetRef", "name"), text(one.body, "spec", "scaleTargetRef", "name") + "-x")


@operator("references", "ScaledObject")
def scaler_asks_for_nothing(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if pointer[-1] == "query":
            yield change(pointer, value.replace("requests", "request"))


@operator("references", "ScaledObject")
def scaler_of_another_model(one: Manifest) -> Iterator[Edit]:
    for pointer, value in strings(one.body):
        if pointer[-1] == "query" and 'model_name="' in value:
            yield change(pointer, value.replace('model_name="', 'model_name="x'))


@operator("references", "Deployment")
def scaled_and_fixed(one: Manifest) -> Iterator[Edit]:
    if "replicas" not in one.spec:
        yield add(("spec", "replicas"), 1)


@operator("policies", "PrometheusRule")
def alert_without_a_runbook(one: Manifest) -> Iterator[Edit]:
    for place, rule in _alerts(one):
        if mapping(rule, "annotations"):
            yield drop((*place, "annotations", "runbook"))


@operator("policies", "PrometheusRule")
def alert_of_no_weight(one: Manifest) -> Iterator[Edit]:
    for place, _ in _alerts(one):
        yield change((*place, "labels", "severity"), "info")


def _alerts(one: Manifest) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    for group, _ in entries(one.body, "spec", "groups"):
        yield from ((place, rule) for place, rule in entries(one.body, *group, "rules") if "alert" in rule)
