"""LeaderWorkerSet: there where a model spans nodes."""

from __future__ import annotations

import dataclasses
from typing import Any

from groundwork.components.compute.leader_worker_set import LeaderWorkerSet
from groundwork.fleet.site import Site


def spread(site: Site, nodes: int) -> Site:
    """The site with models that take so many nodes."""
    models = (
        one.model_copy(update={"hardware": one.hardware.model_copy(update={"nodes": nodes})}) for one in site.models
    )
    return dataclasses.replace(site, models=tuple(models))


def test_it_is_carried_where_a_model_spans_nodes(site: Any) -> None:
    """A controller that nothing needs is one more to keep up to date."""
    assert LeaderWorkerSet.carried(spread(site("prod-us-east-2"), 2))
    assert not LeaderWorkerSet.carried(spread(site("prod-us-east-2"), 1))


def test_the_api_server_may_call_its_webhooks(render: Any, site: Any) -> None:
    """Without that no LeaderWorkerSet can be created."""
    rendering = render(LeaderWorkerSet, spread(site("prod-us-east-2"), 2))

    assert 9443 in {flow.port for flow in rendering.flows}
