"""Demand: requests are counted where they arrive."""

from __future__ import annotations

from typing import Any

from groundwork.components.gateway.demand import requests_for


def test_requests_are_counted_by_the_gateway_that_the_cluster_declares(site: Any) -> None:
    """A sleeping model has no series of its own."""
    one = site("prod-us-east-1")
    small = next(model for model in one.models if model.name == "qwen3-4b")

    assert requests_for(one, small) == 'litellm_proxy_total_requests_metric_total{requested_model="qwen3-4b"}'
