"""agentgateway: carried where tools or pools of models are behind it, and never alone."""

from __future__ import annotations

from typing import Any

from groundwork.catalog.chart_facts import facts
from groundwork.components.gateway.agentgateway import Agentgateway


def test_only_a_cluster_that_asks_for_it_carries_it(site: Any) -> None:
    """`gateway.tools` and `gateway.replicas` decide."""
    assert Agentgateway.carried(site("prod-us-east-2"))
    assert not Agentgateway.carried(site("prod-us-east-1"))


def test_proxies_ask_the_controllers_xds_port(site: Any) -> None:
    """The endpoint is the port of the pods that the chart makes."""
    (endpoint,) = Agentgateway(site("prod-us-east-2")).endpoints()
    (pods,) = facts("agentgateway").pods

    assert (endpoint.namespace, endpoint.service, endpoint.pod_port) == ("agentgateway-system", "agentgateway", 9978)
    assert dict(endpoint.pods.labels) == dict(pods.labels)


def test_the_controllers_meet_the_restricted_standard(render: Any, site: Any) -> None:
    """The chart's own pod says nothing of seccomp, and the namespace would refuse it."""
    values = next(
        one.values for one in render(Agentgateway, site("prod-us-east-2")).charts if one.chart == "agentgateway"
    )

    assert values["podSecurityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 10101,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert values["controller"] == {
        "replicaCount": 2,
        "podDisruptionBudget": {"maxUnavailable": 1},
        "priorityClassName": "platform",
    }


def test_the_controllers_know_pools_where_models_have_them(render: Any, site: Any) -> None:
    """The chart switches that off by default, and a route to a pool would lead nowhere."""
    values = next(
        one.values for one in render(Agentgateway, site("prod-us-east-2")).charts if one.chart == "agentgateway"
    )

    assert values["inferenceExtension"] == {"enabled": True}
