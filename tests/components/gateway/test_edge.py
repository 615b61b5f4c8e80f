"""Edge: TLS, sign-in, and streams that are not cut."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.gateway.edge import Edge


@pytest.fixture(scope="module")
def edge(render: Any, site: Any) -> Any:
    """The edge of prod-us-east-1."""
    return render(Edge, site("prod-us-east-1"))


def test_w3_clients_meet_tls_and_plain_http_only_redirects(edge: Any, find: Any) -> None:
    """Nothing is served in the clear (weakness W3)."""
    listeners = {one["name"]: one for one in find(edge, "Gateway", "edge")["spec"]["listeners"]}

    assert listeners["https"]["tls"]["certificateRefs"] == [{"kind": "Secret", "name": "edge-tls"}]
    (rule,) = find(edge, "HTTPRoute", "redirect-to-https")["spec"]["rules"]
    assert rule["filters"][0]["requestRedirect"]["scheme"] == "https"
    assert "backendRefs" not in rule


def test_playbook_12_long_answers_stream(edge: Any, find: Any) -> None:
    """No total timeout on completions, and proxy and load balancer bear the same silence (playbook findings 12 and 29)."""
    rules = find(edge, "HTTPRoute", "api")["spec"]["rules"]
    silence = find(edge, "TrafficPolicy", "edge")["spec"]["timeouts"]["streamIdle"]
    annotations = find(edge, "GatewayParameters", "edge")["spec"]["kube"]["service"]["extraAnnotations"]

    assert {rule["timeouts"]["request"] for rule in rules} == {"0s"}
    listener = "service.beta.kubernetes.io/aws-load-balancer-listener-attributes.TCP-443"
    assert annotations[listener] == f"tcp.idle_timeout.seconds={silence.removesuffix('s')}"


def test_a_canary_gets_its_share_and_testers_ask_for_it_by_a_header(edge: Any, find: Any) -> None:
    """The header's rule comes first; the weights add up."""
    chosen, shared, _ = find(edge, "HTTPRoute", "api")["spec"]["rules"]

    assert chosen["matches"][0]["headers"] == [{"type": "Exact", "name": "x-groundwork-canary", "value": "true"}]
    assert [(one["name"], one["weight"]) for one in shared["backendRefs"]] == [("litellm", 95), ("litellm-canary", 5)]


def test_playbook_11_a_backend_elsewhere_agrees_to_be_one(edge: Any, find: Any) -> None:
    """The API's route leads into kagent's namespace: the grant there names this Service and no other (playbook finding 11)."""
    grant = find(edge, "ReferenceGrant", "api-to-kagent-controller")

    assert grant["metadata"]["namespace"] == "kagent"
    assert grant["spec"]["to"] == [{"group": "", "kind": "Service", "name": "kagent-controller"}]


def test_agents_are_called_with_the_identity_providers_token(edge: Any, find: Any) -> None:
    """Agents act for people; an anonymous call reaches none."""
    policy = find(edge, "TrafficPolicy", "agents-sign-in")["spec"]

    assert policy["targetRefs"][0]["sectionName"] == "agents"
    provider = find(edge, "GatewayExtension", "identity")["spec"]["jwt"]["providers"][0]
    assert (provider["issuer"], provider["audiences"]) == ("https://login.example.com", ["agentic-platform"])


@pytest.mark.parametrize(
    ("cluster", "load_balancer"),
    [("prod-us-east-1", "eks.amazonaws.com/nlb"), ("prod-us-east-2", "service.k8s.aws/nlb")],
)
def test_the_load_balancer_is_the_node_modes_own(
    render: Any, site: Any, find: Any, cluster: str, load_balancer: str
) -> None:
    """Auto Mode and the controller of ours answer to different classes."""
    parameters = find(render(Edge, site(cluster)), "GatewayParameters", "edge")

    assert parameters["spec"]["kube"]["service"]["loadBalancerClass"] == load_balancer
