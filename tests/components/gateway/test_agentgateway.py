"""agentgateway: its controller knows pools, and its proxies find it."""

from __future__ import annotations

from typing import Any

from groundwork.components.gateway.agentgateway import Agentgateway


def test_the_controller_knows_inference_pools(render: Any, site: Any) -> None:
    """The chart switches that off by default, and a route to a pool would lead nowhere."""
    values = {one.chart: one.values for one in render(Agentgateway, site("prod-us-east-2")).charts}

    assert values["agentgateway"]["inferenceExtension"] == {"enabled": True}
    assert "agentgateway-crds" in values


def test_its_pods_are_admitted_where_everything_is_restricted(render: Any, site: Any) -> None:
    """The chart sets no seccomp profile by itself."""
    values = {one.chart: one.values for one in render(Agentgateway, site("prod-us-east-2")).charts}

    assert values["agentgateway"]["podSecurityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_only_clusters_that_ask_for_it_carry_it(site: Any) -> None:
    """Elsewhere a Service chooses among replicas."""
    assert Agentgateway.carried(site("prod-us-east-2"))
    assert not Agentgateway.carried(site("prod-us-east-1"))
