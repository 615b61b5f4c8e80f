"""Demand: requests are counted where they arrive."""

from __future__ import annotations

from typing import Any

from groundwork.components.gateway.demand import failing, requests_for


def test_requests_are_counted_by_the_gateway_that_the_cluster_declares(site: Any) -> None:
    """A sleeping model has no series of its own."""
    one = site("prod-us-east-1")
    small = next(model for model in one.models if model.name == "qwen3-4b")

    assert requests_for(one, small) == 'litellm_proxy_total_requests_metric_total{requested_model="qwen3-4b"}'


def test_failures_are_a_part_of_what_was_asked_from_the_first_one_on(site: Any) -> None:
    """Before anything has failed there is no series of failures; the part is 0 then, not unknown."""
    assert failing(site("prod-us-east-1"), "small", "new", "5m") == (
        '(sum(rate(litellm_deployment_failure_responses_total{model_id="small.new"}[5m])) or vector(0))'
        ' / sum(rate(litellm_deployment_total_requests_total{model_id="small.new"}[5m]))'
    )
    assert 'bifrost_error_requests_total{model="new"}' in failing(site("prod-us-east-2"), "small", "new", "5m")
