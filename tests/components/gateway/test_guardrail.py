"""Guardrail: asked before anything passes, and nothing passes without its answer."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.gateway.api import Api
from groundwork.components.gateway.edge import Edge
from groundwork.components.gateway.guardrail import MAX_BODY, Guardrail


@pytest.fixture(scope="module")
def guardrail(render: Any, site: Any) -> Any:
    """The guardrail of prod-us-east-2."""
    return render(Guardrail, site("prod-us-east-2"))


def test_playbook_19_it_fails_closed(guardrail: Any, find: Any) -> None:
    """Kgateway's default would let everything pass while nobody answers (playbook finding 19)."""
    assert find(guardrail, "GatewayExtension", "guardrail")["spec"]["extProc"]["failOpen"] is False


def test_it_sees_whole_requests_and_no_answers(guardrail: Any, find: Any) -> None:
    """In pieces a request could not be judged; an answer that is held back does not stream."""
    assert find(guardrail, "GatewayExtension", "guardrail")["spec"]["extProc"]["processingMode"] == {
        "requestHeaderMode": "SEND",
        "requestBodyMode": "BUFFERED",
        "responseHeaderMode": "SKIP",
        "responseBodyMode": "NONE",
    }


def test_proxies_buffer_as_much_as_it_takes(render: Any, site: Any, guardrail: Any, find: Any) -> None:
    """Less, and long prompts are refused by Envoy; more, and they are buffered to be refused."""
    listener = find(render(Edge, site("prod-us-east-2")), "ListenerPolicy", "edge")
    (container,) = find(guardrail, "Deployment", "guardrail")["spec"]["template"]["spec"]["containers"]

    assert listener["spec"]["default"]["perConnectionBufferLimitBytes"] == MAX_BODY
    assert {"name": "MAX_BODY_BYTES", "value": str(MAX_BODY)} in container["env"]


@pytest.mark.parametrize("cluster", ["dev-us-east-1", "prod-us-east-2"])
def test_one_of_two_may_be_away(render: Any, site: Any, find: Any, cluster: str) -> None:
    """Nothing passes without it: a node that is drained must not be an outage, in development neither."""
    rendering = render(Guardrail, site(cluster))

    assert find(rendering, "Deployment", "guardrail")["spec"]["replicas"] == 2
    assert find(rendering, "PodDisruptionBudget", "guardrail")["spec"]["maxUnavailable"] == 1


def test_every_way_to_models_and_agents_leads_past_it(render: Any, site: Any) -> None:
    """Each rule of the API asks it."""
    bodies = [made.body for made in render(Api, site("prod-us-east-2")).objects]
    (route,) = [body for body in bodies if body["kind"] == "HTTPRoute"]

    rules = {rule["name"] for rule in route["spec"]["rules"]}
    asked = {
        target["sectionName"]
        for body in bodies
        if body["kind"] == "TrafficPolicy" and "extProc" in body["spec"]
        for target in body["spec"]["targetRefs"]
    }
    assert asked == rules


def test_only_the_proxies_ask_it(guardrail: Any) -> None:
    """What people write is not for everybody's eyes; it goes no further."""
    callers = {flow.source for flow in guardrail.flows if flow.port == 9000}

    assert [dict(one.labels) for one in callers] == [{"gateway.networking.k8s.io/gateway-name": "edge"}]
    assert not [
        flow for flow in guardrail.flows if dict(flow.source.labels).get("app.kubernetes.io/name") == "guardrail"
    ]


def test_a_service_of_grpc_is_met_with_http_2(guardrail: Any, find: Any) -> None:
    """By the name that Kubernetes gave HTTP/2 in the clear; Envoy would speak HTTP/1.1 otherwise."""
    ports = {port["name"]: port.get("appProtocol") for port in find(guardrail, "Service", "guardrail")["spec"]["ports"]}

    assert ports["grpc"] == "kubernetes.io/h2c"


def test_kubernetes_asks_it_by_its_own_protocol(guardrail: Any, find: Any) -> None:
    """GRPC's health protocol, at the port's number."""
    (container,) = find(guardrail, "Deployment", "guardrail")["spec"]["template"]["spec"]["containers"]

    assert [container[probe]["grpc"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")] == [
        {"port": 9000}
    ] * 3
