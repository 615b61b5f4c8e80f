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


def test_a_histogram_has_no_series_of_its_bare_name() -> None:
    """Asking for it gives nothing."""
    assert "vllm:time_to_first_token_seconds" not in series()
    assert named()["vllm:time_to_first_token_seconds"].type == "histogram"


def test_every_exporter_of_the_table_is_run_by_something() -> None:
    """And nothing is said of exporters that the table does not have."""
    assert {metric.exporter for metrics in series().values() for metric in metrics} == set(exporters())
    assert all(one.images or one.charts or one.kinds or one.always for one in exporters().values())
