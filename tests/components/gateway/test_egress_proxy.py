"""Egress proxy: leads to declared hosts and nowhere else."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml
from envoy_data_plane.envoy.config.bootstrap.v3 import Bootstrap

from groundwork.components.foundation.cert_manager import CertManager
from groundwork.components.gateway.egress_proxy import EgressProxy
from groundwork.kube.egress import port_of


@pytest.fixture(scope="module")
def config(render: Any, site: Any, find: Any) -> Any:
    """What Envoy is started with."""
    rendering = render(EgressProxy, site("prod-us-east-2"))
    return yaml.safe_load(find(rendering, "ConfigMap", "egress-proxy")["data"]["envoy.yaml"])


@pytest.fixture(scope="module")
def listeners(config: Any) -> dict[str, Any]:
    """The proxy's listeners by name: one per client, and one for its own state."""
    return {one["name"]: one for one in config["static_resources"]["listeners"]}


def chain(listener: dict[str, Any], match: str) -> dict[str, Any]:
    """The filter chain for TLS ("server_names") or for what asks by CONNECT ("transport_protocol")."""
    (found,) = [one for one in listener["filter_chains"] if match in one["filter_chain_match"]]
    return dict(found)


@pytest.mark.parametrize(
    ("client", "hosts"),
    [
        ("cert-manager", ["acme-v02.api.letsencrypt.org"]),
        ("tool-web-search", ["api.tavily.com"]),
        ("edge", ["login.example.com"]),
    ],
)
def test_a_client_reaches_its_own_hosts_and_nobody_elses(listeners: Any, client: str, hosts: list[str]) -> None:
    """By CONNECT, where any other host finds no route, and by TLS, where any other name finds no filter chain."""
    asked, greeted = chain(listeners[client], "transport_protocol"), chain(listeners[client], "server_names")

    virtual_hosts = asked["filters"][0]["typed_config"]["route_config"]["virtual_hosts"]
    assert [domain for one in virtual_hosts for domain in one["domains"]] == [f"{host}:443" for host in hosts]
    assert greeted["filter_chain_match"]["server_names"] == hosts
    assert [one["name"] for one in greeted["filters"]] == [
        "envoy.filters.network.sni_dynamic_forward_proxy",
        "envoy.filters.network.tcp_proxy",
    ]


def understood(value: Any) -> Any:
    """A part of the configuration with every typed part taken out, after Envoy's own API has read that one."""
    if isinstance(value, list):
        return [understood(one) for one in value]
    if not isinstance(value, dict):
        return value
    rest = {key: understood(inner) for key, inner in value.items() if key not in ("typed_config", "@type")}
    typed = value.get("typed_config", value)
    if "@type" in typed:
        module, _, name = typed["@type"].partition("/")[2].rpartition(".")
        message = getattr(importlib.import_module(f"envoy_data_plane.{module}"), name)
        message.from_dict({key: understood(inner) for key, inner in typed.items() if key != "@type"})
    return rest


def test_envoy_knows_every_word_of_its_configuration(config: Any) -> None:
    """Envoy does not start with a field that it does not know; a misspelt one would stop every way out."""
    Bootstrap.from_dict(understood(config))
    misspelt = {"typed_config": {"@type": "x/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", "clustr": "a"}}
    with pytest.raises(KeyError, match="clustr"):
        understood(misspelt)


def test_a_clients_port_is_open_to_that_client_only(render: Any, site: Any) -> None:
    """Which port a pod may dial is what the NetworkPolicy says; the hosts behind it are the proxy's."""
    (flow,) = [flow for flow in render(CertManager, site("prod-us-east-2")).flows if "way out" in flow.reason]

    assert dict(flow.source.labels) == {"app.kubernetes.io/name": "cert-manager"}
    assert flow.port == port_of("cert-manager")


def test_every_listener_names_what_it_takes(listeners: Any) -> None:
    """A filter chain that matches anything would lead anywhere."""
    for name in listeners.keys() - {"status"}:
        assert chain(listeners[name], "server_names")["filter_chain_match"]["server_names"], name


def test_two_clients_do_not_share_a_port(render: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports follow from names by chance; where chance gives one twice, somebody takes another name."""
    monkeypatch.setattr("groundwork.components.gateway.egress_proxy.port_of", lambda _: 20000)

    with pytest.raises(ValueError, match="share a port of the egress proxy"):
        render(EgressProxy, site("prod-us-east-2"))


def test_the_way_to_the_internet_leads_not_into_private_networks(render: Any, site: Any) -> None:
    """Through the proxy nobody gets around other policies, or to the nodes' credentials."""
    (flow,) = [flow for flow in render(EgressProxy, site("prod-us-east-2")).flows if flow.target.cidr == "0.0.0.0/0"]

    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(flow.target.excluding)


def test_no_other_workload_may_leave_for_everywhere(fleet: Any) -> None:
    """0.0.0.0/0 stands in one component and one only."""
    from groundwork.render.cluster import render_cluster  # noqa: PLC0415 - slow, and only here

    files = render_cluster(fleet.site("prod-us-east-2")).files

    assert {path.parts[0] for path, text in files.items() if "cidr: 0.0.0.0/0" in text} == {"egress-proxy"}
