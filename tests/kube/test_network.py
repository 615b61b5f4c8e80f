"""NetworkPolicies allow what was declared, at both ends, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.egress import port_of
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import EVERY_PORT, Flow, Peer
from groundwork.kube.network import default_deny, policies
from groundwork.kube.ports import Port
from groundwork.kube.rendering import Made, PodSet, Rendering
from groundwork.kube.stage import Stage
from groundwork.kube.subnets import name_servers
from tests.kube.small import HTTP, Small, rendered, runs

WEB, STORE, PROXY = (Peer.workload(name, "ai-data") for name in ("web", "store", "egress-proxy"))
SERVED = Endpoint("store", "store", "ai-data", STORE, port=80, pod_port=8080)
HOST = "api.example.com"

Connection = tuple[str, str, int, str]


def rendering(component: str, *flows: Flow, pods: Iterable[Peer] = ()) -> Rendering:
    """What a component made, as far as policies are concerned."""
    sets = [
        PodSet(name=dict(one.labels)["app.kubernetes.io/name"], pods=one, source=f"{component}.yaml") for one in pods
    ]
    return Rendering(
        component=component, project="data", stage=Stage.DATA, namespace="ai-data", flows=list(flows), pods=sets
    )


def by_pods(made: Mapping[str, list[Made]], kind: str = "NetworkPolicy") -> dict[str, dict[str, Any]]:
    """The specs of a kind by the pods that they are for."""
    return {
        one.body["metadata"]["name"]: one.body["spec"]
        for several in made.values()
        for one in several
        if one.body["kind"] == kind
    }


def allowed(specs: Mapping[str, dict[str, Any]], direction: str) -> set[Connection]:
    """Connections between pods that one half of the policies allows: sender, receiver, port, protocol."""
    key = {"egress": "to", "ingress": "from"}[direction]
    found = set()
    for here, spec in specs.items():
        for rule in spec.get(direction, []):
            for peer in rule[key]:
                if "podSelector" in peer and "matchLabels" in peer["podSelector"]:
                    there = peer["podSelector"]["matchLabels"].get("app.kubernetes.io/name", "dns")
                    ends = (here, there) if direction == "egress" else (there, here)
                    found |= {(*ends, port["port"], port["protocol"]) for port in rule["ports"]}
    return {one for one in found if one[1] != "dns"}


def test_asking_for_an_endpoint_opens_both_halves(site: Site) -> None:
    """The sender may go out to the pods' port, and the receiver lets just that sender in."""
    client = Small(site, lambda one: (runs("web")(one), one.reach("store")), name="client")
    server = Small(site, runs("store"), name="server", serves=[SERVED])

    specs = by_pods(policies(site, rendered(client, server)))

    assert {("web", "store", 8080, "TCP")} == allowed(specs, "egress") == allowed(specs, "ingress")
    assert "ingress" not in specs["web"]
    (rule,) = specs["store"]["ingress"]
    assert {"kubernetes.io/metadata.name": "ai-data"} == rule["from"][0]["namespaceSelector"]["matchLabels"]


PEERS = [Peer.workload(name, namespace) for name in "abc" for namespace in ("one",)]
FLOWS = st.lists(
    st.builds(
        Flow,
        st.sampled_from(PEERS),
        st.sampled_from(PEERS),
        st.sampled_from([80, 443, 8080]),
        st.sampled_from(["TCP", "UDP"]),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(flows=FLOWS)
def test_the_halves_allow_exactly_what_was_declared(site: Site, flows: list[Flow]) -> None:
    """Whatever flows there are: neither half allows more, or less."""
    specs = by_pods(policies(site, [rendering("x", *flows, pods=PEERS)]))

    declared = {
        (
            dict(one.source.labels)["app.kubernetes.io/name"],
            dict(one.target.labels)["app.kubernetes.io/name"],
            one.port,
            one.protocol,
        )
        for one in flows
    }
    assert declared == allowed(specs, "egress") == allowed(specs, "ingress")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(flows=FLOWS, seed=st.integers())
def test_order_does_not_matter(site: Site, flows: list[Flow], seed: int) -> None:
    """Components and their flows in any order give the same policies, byte for byte."""
    components = [rendering(f"c{n}", *flows[n::3], pods=[peer]) for n, peer in enumerate(PEERS)]
    shuffled = [
        rendering(one.component, *reversed(one.flows), pods=[pods.pods for pods in one.pods]) for one in components
    ]
    random.Random(seed).shuffle(shuffled)

    first, second = (policies(site, several) for several in (components, shuffled))

    assert {name: repr(made) for name, made in first.items()} == {name: repr(made) for name, made in second.items()}


def test_each_peer_has_one_block_and_blocks_are_sorted(site: Site) -> None:
    """Two declarations that touch different peers change different lines."""
    flows = [Flow(one, STORE, port) for port in (9000, 80) for one in (PROXY, WEB)]

    spec = by_pods(policies(site, [rendering("x", *flows, pods=[WEB, STORE, PROXY])]))["store"]

    names = [rule["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for rule in spec["ingress"]]
    assert ["egress-proxy", "web"] == names
    assert [[80, 9000], [80, 9000]] == [[port["port"] for port in rule["ports"]] for rule in spec["ingress"]]


def test_a_flow_declared_twice_is_allowed_once(site: Site) -> None:
    """Two components, or two reasons, may mean one connection."""
    flows = [Flow(WEB, STORE, 80, reason=reason) for reason in ("reads", "writes")]

    spec = by_pods(policies(site, [rendering("a", *flows, pods=[WEB]), rendering("b", *flows, pods=[STORE])]))["store"]

    assert [[{"protocol": "TCP", "port": 80}]] == [rule["ports"] for rule in spec["ingress"]]


def test_pods_that_nobody_reaches_let_nobody_in(site: Site) -> None:
    """Both directions are named, so what is not listed is denied; only names can be looked up."""
    spec = by_pods(policies(site, [rendering("x", pods=[WEB])]))["web"]

    assert ["Ingress", "Egress"] == spec["policyTypes"]
    assert "ingress" not in spec
    assert [{53}] == [{port["port"] for port in rule["ports"]} for rule in spec["egress"]]
    assert {"app.kubernetes.io/name": "web"} == spec["podSelector"]["matchLabels"]


def test_a_namespace_denies_everything_to_pods_without_a_policy() -> None:
    """An empty selector means all of its pods."""
    deny = default_deny("ai-data")

    assert "ai-data" == deny["metadata"]["namespace"]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} == deny["spec"]


def test_dns_is_asked_where_it_answers(auto: Site, karpenter: Site) -> None:
    """In pods of CoreDNS, or on Auto Mode at the node itself, which no selector matches."""
    (on_auto,), (on_karpenter,) = (
        by_pods(policies(site, [rendering("x", pods=[WEB])]))["web"]["egress"] for site in (auto, karpenter)
    )

    assert name_servers(auto) == [peer["ipBlock"]["cidr"] for peer in on_auto["to"]]
    (peer,) = on_karpenter["to"]
    assert {"k8s-app": "kube-dns"} == peer["podSelector"]["matchLabels"]
    assert {"kubernetes.io/metadata.name": "kube-system"} == peer["namespaceSelector"]["matchLabels"]
    assert on_auto["ports"] == on_karpenter["ports"] == [{"protocol": one, "port": 53} for one in ("UDP", "TCP")]


def test_on_auto_mode_a_host_is_allowed_by_its_name(auto: Site) -> None:
    """An ApplicationNetworkPolicy says it, for the same pods; no address range is opened."""
    environment: dict[str, str] = {}

    def steps(small: Component) -> None:
        runs("web")(small)
        for _ in range(2):
            environment.update(small.reach_internet(HOST))

    client = Small(auto, steps, asks=[HOST])

    made = policies(auto, rendered(client))

    spec = by_pods(made, "ApplicationNetworkPolicy")["web"]
    assert [{"to": [{"domainNames": [HOST]}], "ports": [{"protocol": "TCP", "port": 443}]}] == spec["egress"]
    assert ["Egress"] == spec["policyTypes"]
    assert by_pods(made)["web"]["podSelector"] == spec["podSelector"]
    assert 1 == len(by_pods(made)["web"]["egress"])
    assert {} == environment


def test_elsewhere_a_host_is_reached_through_the_proxy(karpenter: Site) -> None:
    """The client is told where the proxy is, and may reach that and nothing outside."""
    environment: dict[str, str] = {}
    endpoint = Endpoint.of("egress-proxy", "ai-data", Port.http(3128))
    client = Small(karpenter, lambda one: (runs("web")(one), environment.update(one.reach_internet(HOST))), asks=[HOST])
    proxy = Small(karpenter, runs("egress-proxy"), name="proxy", serves=[endpoint])

    made = policies(karpenter, rendered(client, proxy))

    assert {} == by_pods(made, "ApplicationNetworkPolicy")
    port = port_of(client.name)
    assert {("web", "egress-proxy", port, "TCP")} == allowed(by_pods(made), "egress")
    assert environment["HTTPS_PROXY"] == f"http://{endpoint.host}:{port}"
    assert ".svc" in environment["NO_PROXY"]


@pytest.mark.parametrize("end", ["source", "target"])
def test_a_flow_of_pods_that_nobody_answers_for_is_an_error(site: Site, end: str) -> None:
    """Half a connection would be allowed and the other half denied; the message names the pods and the flow."""
    nobody = Peer.workload("ghost", "ai-data")
    flow = Flow(nobody, WEB, 80, reason="haunting") if end == "source" else Flow(WEB, nobody, 80, reason="haunting")

    with pytest.raises(ValueError, match=r"'haunting'.*'ghost'.*ai-data, which no component answers for"):
        policies(site, [rendering("x", flow, pods=[WEB])])


def test_addresses_need_no_owner_and_may_leave_parts_out(site: Site) -> None:
    """A range of addresses has no policy of its own to open."""
    flow = Flow(WEB, Peer.addresses("10.0.0.0/8", "10.1.0.0/16"), 443)

    egress = by_pods(policies(site, [rendering("x", flow, pods=[WEB])]))["web"]["egress"]

    assert [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}}] == egress[1]["to"]


def test_policies_belong_to_the_component_whose_pods_they_are_for(site: Site) -> None:
    """And name its declaration, whoever declared the flow."""
    made = policies(site, [rendering("client", Flow(WEB, STORE, 80), pods=[WEB]), rendering("server", pods=[STORE])])

    assert {"client": ["client.yaml"], "server": ["server.yaml"]} == {
        name: [one.source for one in several] for name, several in made.items()
    }
    assert {"client": ["web"], "server": ["store"]} == {
        name: [one.body["metadata"]["name"] for one in several] for name, several in made.items()
    }


def test_what_is_scraped_lets_prometheus_in(site: Site) -> None:
    """Prometheus asks for no address, so the pods that are scraped say it."""
    endpoint = Endpoint.of("prometheus", "observability", Port.http(9090))
    watched = Small(site, runs("web", ports=[HTTP, Port.metrics_only(9100)]), name="watched")
    prometheus = Small(site, runs("prometheus", namespace="observability"), name="prometheus", serves=[endpoint])

    specs = by_pods(policies(site, rendered(watched, prometheus)))

    assert {("prometheus", "web", 9100, "TCP")} == allowed(specs, "ingress") == allowed(specs, "egress")


def test_without_prometheus_nobody_is_let_in_to_scrape(site: Site) -> None:
    """A cluster need not carry it."""
    watched = Small(site, runs("web", ports=[Port.http(8080, metrics="/metrics")]))

    assert "ingress" not in by_pods(policies(site, rendered(watched)))["web"]


def test_members_of_a_group_may_open_every_port_to_one_another(site: Site) -> None:
    """A rule that names no ports opens all of them, and only between the two."""
    flows = [Flow(WEB, STORE, EVERY_PORT, reason="a group"), Flow(WEB, STORE, 80), Flow(WEB, PROXY, 3128)]
    specs = by_pods(policies(site, [rendering("shop", *flows, pods=[WEB, STORE, PROXY])]))

    opened = {peer_of(rule["to"]): rule.get("ports") for rule in specs["web"]["egress"][1:]}
    assert opened["store"] is None
    assert opened["egress-proxy"][0] == {"protocol": "TCP", "port": 3128}
    assert [rule.get("ports") for rule in specs["store"]["ingress"]] == [None]


def peer_of(peers: list[dict[str, Any]]) -> str:
    """The name of the one workload that a rule is about."""
    (peer,) = peers
    return str(peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"])
