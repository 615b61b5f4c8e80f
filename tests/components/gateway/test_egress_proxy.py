"""Egress proxy: leads to declared hosts and nowhere else."""

from __future__ import annotations

from typing import Any

import yaml

from groundwork.components.gateway.egress_proxy import EgressProxy
from groundwork.components.serving.model_import import HUB


def test_the_proxy_knows_the_declared_hosts_only(render: Any, site: Any, find: Any) -> None:
    """A CONNECT to any other host finds no route."""
    config = yaml.safe_load(
        find(render(EgressProxy, site("prod-us-east-2")), "ConfigMap", "egress-proxy")["data"]["envoy.yaml"]
    )

    manager = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    domains = [domain for host in manager["route_config"]["virtual_hosts"] for domain in host["domains"]]
    hub = {f"{host}:443" for host in HUB}
    assert set(domains) - hub == {"acme-v02.api.letsencrypt.org:443", "api.tavily.com:443", "login.example.com:443"}
    assert hub < set(domains)


def test_a_client_that_knows_no_proxies_is_led_by_its_greeting(render: Any, site: Any, find: Any) -> None:
    """TLS passes through unopened to declared names; a filter chain without names would take every one."""
    config = yaml.safe_load(
        find(render(EgressProxy, site("prod-us-east-2")), "ConfigMap", "egress-proxy")["data"]["envoy.yaml"]
    )

    (listener,) = [one for one in config["static_resources"]["listeners"] if one["name"] == "tls"]
    (chain,) = listener["filter_chains"]
    assert chain["filter_chain_match"]["server_names"] == sorted(
        {"acme-v02.api.letsencrypt.org", "api.tavily.com", "login.example.com", *HUB}
    )
    assert [one["name"] for one in chain["filters"]] == [
        "envoy.filters.network.sni_dynamic_forward_proxy",
        "envoy.filters.network.tcp_proxy",
    ]


def test_the_way_to_the_internet_leads_not_into_private_networks(render: Any, site: Any) -> None:
    """Through the proxy nobody gets around other policies, or to the nodes' credentials."""
    (flow,) = [flow for flow in render(EgressProxy, site("prod-us-east-2")).flows if flow.target.cidr == "0.0.0.0/0"]

    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(flow.target.excluding)


def test_no_other_workload_may_leave_for_everywhere(fleet: Any) -> None:
    """0.0.0.0/0 stands in one component and one only."""
    from groundwork.render.cluster import render_cluster  # noqa: PLC0415 - slow, and only here

    files = render_cluster(fleet.site("prod-us-east-2")).files

    assert {path.parts[0] for path, text in files.items() if "cidr: 0.0.0.0/0" in text} == {"egress-proxy"}
