"""Monitoring: what is scraped exists, and queries ask for series that something scraped has."""

from __future__ import annotations

from typing import Any

import pytest


def alert(expression: str) -> Any:
    """An edit that sets the expression of a rule."""
    return lambda body: body["spec"]["groups"][0]["rules"][0].update(expr=expression)


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        (
            "ServiceMonitor",
            "litellm",
            lambda body: body["spec"]["selector"]["matchLabels"].update(a="b"),
            "nothing-scraped",
        ),
        (
            "ServiceMonitor",
            "litellm",
            lambda body: body["spec"]["endpoints"][0].update(port="metrics"),
            "nothing-scraped",
        ),
        (
            "PodMonitor",
            "edge",
            lambda body: body["spec"]["podMetricsEndpoints"][0].update(portNumber=9999),
            "nothing-scraped",
        ),
        ("PodMonitor", "edge", lambda body: body["spec"]["selector"]["matchLabels"].update(a="b"), "nothing-scraped"),
        ("PrometheusRule", "litellm", alert("sum(rate(up[5m])"), "bad-query"),
        ("PrometheusRule", "litellm", alert("vllm:gpu_cache_usage_perc > 0.9"), "no-series"),
        ("PrometheusRule", "litellm", alert("neuroncore_utilization_ratio > 0"), "not-scraped"),
        ("ServiceMonitor", "qwen3-4b", None, ""),
        ("PrometheusRule", "litellm", alert("rate(vllm:num_requests_running[5m]) > 1"), "misused-series"),
        ("PrometheusRule", "litellm", alert("vllm:time_to_first_token_seconds > 1"), "misused-series"),
        ("PrometheusRule", "litellm", alert('vllm:num_requests_running{model_name="qwen3"} > 1'), "other-model"),
    ],
)
def test_a_measure_of_nothing_is_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """To Prometheus an unknown series is an empty answer; here it is a finding. One of two vLLM monitors may go."""
    found = {one.rule for one in broken(kind, name, edit)}

    assert found == set() if not rule else f"references/{rule}" in found


def test_series_without_any_monitor_are_found(broken: Any) -> None:
    """LiteLLM runs, but nobody scrapes it: its alert would never fire."""
    found = broken("ServiceMonitor", "litellm", None)

    assert {("references/not-scraped", "litellm")} == {(one.rule, one.subject.name) for one in found}
