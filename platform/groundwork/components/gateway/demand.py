"""Demand: how a model gateway's requests are told in PromQL, for those who must not ask the model itself."""

from __future__ import annotations

from groundwork.fleet.model import Model
from groundwork.fleet.site import Site

__all__ = ["requests_for"]

_SERIES = {
    "bifrost": 'bifrost_upstream_requests_total{{model="{model}"}}',
    "litellm": 'litellm_proxy_total_requests_metric_total{{requested_model="{model}"}}',
}


def requests_for(site: Site, model: Model) -> str:
    """The counters of requests for a model at this cluster's gateway: they rise while the model itself sleeps."""
    return _SERIES[site.cluster.gateway.models].format(model=model.name)
