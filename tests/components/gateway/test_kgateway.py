"""kgateway: proxies find their controller."""

from __future__ import annotations

from typing import Any

from groundwork.components.gateway.kgateway import Kgateway


def test_proxies_ask_the_controllers_xds_port(site: Any) -> None:
    """The endpoint is the port of the pods that the chart makes."""
    (endpoint,) = Kgateway(site("prod-us-east-1")).endpoints()

    assert (endpoint.namespace, endpoint.pod_port) == ("kgateway-system", 9977)
