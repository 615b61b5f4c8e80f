"""Demand: how a model gateway's requests are told in PromQL, for those who must not ask the model itself."""

from __future__ import annotations

from groundwork.fleet.model import Model
from groundwork.fleet.site import Site

__all__ = ["deployment", "failing", "requests_for"]

_SERIES = {
    "bifrost": 'bifrost_upstream_requests_total{{model="{model}"}}',
    "litellm": 'litellm_proxy_total_requests_metric_total{{requested_model="{model}"}}',
}
# What failed and what was asked, of one server that answers to a name.
_OUTCOMES = {
    "bifrost": (
        'bifrost_error_requests_total{{model="{model}"}}',
        'bifrost_upstream_requests_total{{model="{model}"}}',
    ),
    "litellm": (
        'litellm_deployment_failure_responses_total{{model_id="{deployment}"}}',
        'litellm_deployment_total_requests_total{{model_id="{deployment}"}}',
    ),
}


def requests_for(site: Site, model: Model) -> str:
    """The counters of requests for a model at this cluster's gateway: they rise while the model itself sleeps."""
    return _SERIES[site.cluster.gateway.models].format(model=model.name)


def deployment(name: str, model: str) -> str:
    """What LiteLLM calls one of several servers that answer to a name; its series carry it."""
    return f"{name}.{model}"


def failing(site: Site, name: str, model: str, window: str) -> str:
    """The part of the requests for a name that failed at one of the models that answer to it, between 0 and 1."""
    failed, asked = (
        f"sum(rate({series.format(model=model, deployment=deployment(name, model))}[{window}]))"
        for series in _OUTCOMES[site.cluster.gateway.models]
    )
    # A counter of failures begins with the first one.
    return f"({failed} or vector(0)) / {asked}"
