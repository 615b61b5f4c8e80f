"""Endpoints are values, found by name in what the whole cluster serves."""

from __future__ import annotations

import pytest

from groundwork.kube.endpoint import Directory, Endpoint, UnknownEndpointError
from groundwork.kube.flow import Peer
from groundwork.kube.ports import Port


def served(name: str) -> Endpoint:
    """An endpoint that is not HTTP."""
    return Endpoint.of(name, "ai-data", Port.tcp(6379, name="valkey", scheme="redis"))


def test_an_endpoint_has_the_addresses_that_clients_are_given() -> None:
    """Host, authority and URL follow from Service, namespace, port and scheme."""
    endpoint = Endpoint.of("litellm", "ai-gateway", Port.http(4000), path="/v1")

    assert "litellm.ai-gateway.svc" == endpoint.host
    assert "litellm.ai-gateway.svc:4000" == endpoint.authority
    assert "http://litellm.ai-gateway.svc:4000/v1" == endpoint.url
    assert "redis://valkey.ai-data.svc:6379" == served("valkey").url


def test_the_pods_of_a_workload_stand_behind_its_endpoint() -> None:
    """Unless an operator makes them, who labels them his own way."""
    operators = Peer.pods("ai-data", {"cnpg.io/cluster": "litellm"})

    assert Peer.workload("valkey", "ai-data") == served("valkey").pods
    assert operators == Endpoint.of("postgres", "ai-data", Port.tcp(5432, name="postgres"), pods=operators).pods


def test_another_name_keeps_the_address() -> None:
    """What clients dial is the Service, whatever the endpoint is called."""
    endpoint = served("valkey").named("cache")

    assert ("cache", "redis://valkey.ai-data.svc:6379") == (endpoint.name, endpoint.url)


def test_a_directory_finds_by_name_whatever_the_order() -> None:
    """The order of construction cannot matter."""
    names = ["valkey", "postgres", "litellm"]

    for order in (names, names[::-1]):
        directory = Directory(served(name) for name in order)

        assert [served(name) for name in names] == [directory.find(name, asked_by="test") for name in names]
        assert "valkey" in directory
        assert "kafka" not in directory


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("valky", "litellm reaches for 'valky', which nothing in this cluster serves; did you mean 'valkey'?"),
        ("kafka", "litellm reaches for 'kafka', which nothing in this cluster serves"),
    ],
)
def test_an_unknown_endpoint_names_who_asked_and_what_is_close(name: str, message: str) -> None:
    """A target that the cluster does not carry is an error, and a misspelt one is easy to correct."""
    with pytest.raises(UnknownEndpointError) as refused:
        Directory([served("valkey")]).find(name, asked_by="litellm")

    assert message == str(refused.value)


def test_two_endpoints_of_one_name_are_refused() -> None:
    """Otherwise chance would decide where the traffic goes."""
    with pytest.raises(ValueError, match="two components serve an endpoint named 'valkey'"):
        Directory([served("valkey"), served("litellm").named("valkey")])


def test_hosts_and_namespaces_are_sorted_and_said_once() -> None:
    """They end in manifests, where an order by chance would be a change."""
    directory = Directory(
        hosts=[
            ("tools", ["b.example.com", "a.example.com", "b.example.com"]),
            ("mail", ["c.example.com"]),
            ("none", []),
        ],
        namespaces={"b": "restricted", "a": "baseline"},
    )

    assert [("mail", ("c.example.com",)), ("tools", ("a.example.com", "b.example.com"))] == list(
        directory.hosts.items()
    )
    assert [("a", "baseline"), ("b", "restricted")] == list(directory.namespaces.items())


def test_two_components_do_not_share_a_way_out() -> None:
    """One would reach the other's hosts."""
    with pytest.raises(ValueError, match="two components have a way out for 'tools'"):
        Directory(hosts=[("tools", ["a.example.com"]), ("tools", ["b.example.com"])])
