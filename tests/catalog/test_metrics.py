"""Metrics: the table names series as they are queried."""

from __future__ import annotations

import pytest

from groundwork.catalog.metrics import exporters, named, series


@pytest.mark.parametrize(
    "name",
    [
        "vllm:num_requests_waiting",
        "vllm:time_to_first_token_seconds_bucket",
        "vllm:time_to_first_token_seconds_count",
        "litellm_proxy_total_requests_metric_total",
        "up",
    ],
)
def test_a_series_is_known_by_the_name_of_a_query(name: str) -> None:
    """Counters carry their suffix, histograms their parts."""
    assert name in series()


@pytest.mark.parametrize("name", ["vllm:time_to_first_token_seconds", "vllm:iteration_tokens_total"])
def test_a_histogram_has_no_series_of_its_bare_name(name: str) -> None:
    """Asking for it gives nothing, even where it sounds like a counter."""
    assert name not in series()
    assert named()[name].type == "histogram"


@pytest.mark.parametrize("name", ["gpu_operator_gpu_nodes_total", "keda_resource_registered_total"])
def test_some_gauges_sound_like_counters(name: str) -> None:
    """Their type stands in the table, not in their name."""
    assert {metric.type for metric in series()[name]} == {"gauge"}


def test_a_label_has_its_values_where_they_are_fixed() -> None:
    """The others can be anything."""
    (metric,) = series()["kube_pod_status_phase"]

    assert metric.labels["phase"] == {"Pending", "Running", "Succeeded", "Failed", "Unknown"}
    assert metric.labels["pod"] == frozenset()
    assert not metric.open


@pytest.mark.parametrize(
    ("name", "label", "is_open"),
    [
        ("vllm:time_to_first_token_seconds_bucket", "le", False),
        ("vllm:kv_block_lifetime_seconds_bucket", "engine", False),  # "; only with --kv-cache-metrics" is no label
        ("kube_pod_labels", "namespace", True),
        ("karpenter_nodes_allocatable", "nodepool", True),
    ],
)
def test_a_metric_says_whether_it_has_labels_that_are_not_listed(name: str, label: str, *, is_open: bool) -> None:
    """Of an open one no label can be called unknown."""
    (metric,) = series()[name]

    assert label in metric.labels
    assert metric.open is is_open


def test_labels_with_more_values_than_are_listed_can_have_any() -> None:
    """`reason(A|B|...)` is a beginning."""
    (metric,) = series()["kube_pod_container_status_waiting_reason"]

    assert metric.labels["reason"] == frozenset()


def test_every_exporter_of_the_table_is_run_by_something() -> None:
    """And nothing is said of exporters that the table does not have."""
    assert {metric.exporter for metrics in series().values() for metric in metrics} == set(exporters())
    assert all(one.images or one.charts or one.kinds for one in exporters().values())


def test_a_chart_scrapes_its_exporter_when_its_values_say_so() -> None:
    """Each value with the chart's default; a chart without a monitor has none."""
    assert exporters()["keda-operator"].charts == {
        "keda": {"prometheus.operator.enabled": False, "prometheus.operator.serviceMonitor.enabled": False}
    }
    assert exporters()["kagent controller"].charts == {"kagent": None}
