"""Connections: what a component asks for is opened, and what it does not ask for stays closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint, UnknownEndpointError
from groundwork.kube.flow import Peer
from groundwork.kube.ports import Port
from groundwork.kube.rendering import Rendering
from groundwork.kube.subnets import API_SERVICE, private_subnets, public_subnets
from tests.kube.small import Small, rendered, runs

STORE = Endpoint.of("store", "ai-data", Port.http(8080))
Steps = Callable[[Component], object]


def one(site: Site, *steps: Steps, **details: Any) -> Rendering:
    """What a component makes that takes these steps."""
    (rendering,) = rendered(Small(site, lambda component: [step(component) for step in steps], **details))
    return rendering


TWO = (runs("web"), runs("worker"))


def addresses(rendering: Rendering) -> tuple[list[str], list[str], set[int]]:
    """Address ranges that send, that receive, and the ports."""
    sent = [flow.source.cidr for flow in rendering.flows if flow.source.cidr]
    received = [flow.target.cidr for flow in rendering.flows if flow.target.cidr]
    return sent, received, {flow.port for flow in rendering.flows}


def test_reaching_for_an_endpoint_returns_it_and_records_the_flow(site: Site) -> None:
    """Asking for the address is what opens the path to it."""
    found: list[Endpoint] = []

    def steps(small: Component) -> None:
        runs("web")(small)
        found.append(small.reach("store"))

    client = Small(site, steps)
    rendering, _ = rendered(client, Small(site, name="server", serves=[STORE]))

    (flow,) = rendering.flows
    assert [STORE] == found
    assert (Peer.workload("web", "ai-data"), STORE.pods, 8080) == (flow.source, flow.target, flow.port)
    assert {"store": STORE} == rendering.reached


def test_an_address_for_somebody_else_opens_nothing(site: Site) -> None:
    """But the cache knows that the component has seen it."""
    client = Small(site, lambda small: (runs("web")(small), small.address("store")))

    rendering, _ = rendered(client, Small(site, name="server", serves=[STORE]))

    assert [] == rendering.flows
    assert {"store": STORE} == rendering.reached


def test_reaching_for_what_the_cluster_does_not_carry_is_an_error(site: Site) -> None:
    """With a guess at what was meant."""
    client = Small(site, lambda small: small.reach("stroe"))

    with pytest.raises(UnknownEndpointError, match=r"small reaches for 'stroe'.*did you mean 'store'"):
        rendered(client, Small(site, name="server", serves=[STORE]))


@pytest.mark.parametrize(
    "flow",
    [
        lambda small: small.reach_api_server(),
        lambda small: small.reach_aws("s3"),
        lambda small: small.reach_pod_identity(),
        lambda small: small.reach_pods(Peer.workload("x", "y"), 80, reason="dials it"),
        lambda small: small.admit(Peer.addresses("10.0.0.0/8"), 80, reason="visits"),
        lambda small: small.admit_webhook(9443),
        lambda small: small.admit_load_balancer(80),
        lambda small: small.reach_api_server(by="wroker"),
        lambda small: small.link("web", "wroker", 80, reason="asks"),
        lambda small: small.aws_access({}, by="wroker"),
    ],
)
def test_a_flow_must_say_which_of_several_pods_it_belongs_to(site: Site, flow: Steps) -> None:
    """The error names them."""
    with pytest.raises(ValueError, match=r"small: say which of its pods a flow belongs to.*: web, worker"):
        one(site, *TWO, flow)


def test_a_flow_of_a_component_without_pods_is_an_error(site: Site) -> None:
    """There is nothing that could send."""
    with pytest.raises(ValueError, match=r"small: say which of its pods.*: none"):
        one(site, lambda small: small.reach_api_server())


@pytest.mark.parametrize("by", ["worker", Peer.workload("worker", "ai-data")])
def test_a_flow_belongs_to_the_pods_that_it_names(site: Site, by: str | Peer) -> None:
    """By their name or as a peer, whether they are made before or after."""
    rendering = one(site, lambda small: small.reach_pod_identity(by=by), *TWO)

    assert [Peer.workload("worker", "ai-data")] == [flow.source for flow in rendering.flows]


def test_pods_of_one_component_may_reach_each_other(site: Site) -> None:
    """In one direction only."""
    (flow,) = one(site, *TWO, lambda small: small.link("web", "worker", 9000, reason="jobs")).flows

    assert ("web", "worker", 9000) == (
        *(dict(end.labels)["app.kubernetes.io/name"] for end in (flow.source, flow.target)),
        flow.port,
    )


def test_the_api_server_is_a_service_and_network_interfaces(site: Site) -> None:
    """VPC CNI sees the Service's address, other plugins the interfaces'."""
    rendering = one(site, runs("web"), lambda small: small.reach_api_server())

    assert ([], [API_SERVICE, *private_subnets(site)], {443}) == addresses(rendering)


def test_aws_is_reached_inside_the_private_subnets(site: Site) -> None:
    """Through VPC endpoints, by the service's regional name; nothing of the internet is opened."""
    hosts: list[str] = []
    rendering = one(site, runs("web"), lambda small: hosts.append(small.reach_aws("s3")))

    assert [f"s3.{site.cluster.region}.amazonaws.com"] == hosts
    assert ["s3"] == rendering.aws_services
    assert ([], private_subnets(site), {443}) == addresses(rendering)


def test_webhooks_and_load_balancers_come_from_where_they_stand(site: Site) -> None:
    """The control plane in the private subnets, load balancers in the public ones."""
    webhook = one(site, runs("web"), lambda small: small.admit_webhook(9443))
    balanced = one(site, runs("web"), lambda small: small.admit_load_balancer(8080))

    assert (private_subnets(site), [], {9443}) == addresses(webhook)
    assert (public_subnets(site), [], {8080}) == addresses(balanced)


def test_a_host_must_be_among_the_hosts_that_were_declared(site: Site) -> None:
    """The proxy's list is made of them before anything is rendered."""
    with pytest.raises(ValueError, match=r"small reaches for api.example.com without listing it in hosts\(\)"):
        one(site, runs("web"), lambda small: small.reach_internet("api.example.com"))


def test_pods_of_an_operator_are_answered_for_like_our_own(site: Site) -> None:
    """A peer stands for them wherever a flow wants pods."""
    operators = Peer.pods("ai-data", {"cnpg.io/cluster": "litellm"})

    def steps(small: Component) -> None:
        small.pods("litellm-postgres", operators)
        small.admit(Peer.addresses("10.0.0.0/8"), 5432, reason="visits")

    rendering = one(site, steps)

    assert [operators] == [flow.target for flow in rendering.flows]
    assert [] == rendering.objects
