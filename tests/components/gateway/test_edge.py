"""Edge: TLS, sign-in, and streams that are not cut."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.gateway.edge import Edge
from groundwork.kube.egress import port_of


@pytest.fixture(scope="module")
def edge(render: Any, site: Any) -> Any:
    """The edge of prod-us-east-2."""
    return render(Edge, site("prod-us-east-2"))


def test_w3_clients_meet_tls_and_plain_http_only_redirects(edge: Any, find: Any) -> None:
    """Nothing is served in the clear (weakness W3)."""
    listeners = {one["name"]: one for one in find(edge, "Gateway", "edge")["spec"]["listeners"]}

    assert listeners["https"]["tls"]["certificateRefs"] == [{"kind": "Secret", "name": "edge-tls"}]
    (rule,) = find(edge, "HTTPRoute", "redirect-to-https")["spec"]["rules"]
    assert rule["filters"][0]["requestRedirect"]["scheme"] == "https"
    assert "backendRefs" not in rule


def test_playbook_29_proxy_and_load_balancer_bear_the_same_silence(edge: Any, find: Any) -> None:
    """The shorter of the two would cut a stream (playbook finding 29)."""
    silence = find(edge, "TrafficPolicy", "edge")["spec"]["timeouts"]["streamIdle"]
    annotations = find(edge, "GatewayParameters", "edge")["spec"]["kube"]["service"]["extraAnnotations"]

    listener = "service.beta.kubernetes.io/aws-load-balancer-listener-attributes.TCP-443"
    assert annotations[listener] == f"tcp.idle_timeout.seconds={silence.removesuffix('s')}"


def test_only_what_reached_nobody_is_tried_again(edge: Any, find: Any) -> None:
    """A completion that is asked for twice is paid for twice."""
    policy = find(edge, "TrafficPolicy", "edge")["spec"]

    assert set(policy["retry"]["retryOn"]) == {"connect-failure", "refused-stream", "reset-before-request"}
    assert policy["targetRefs"][0]["sectionName"] == "https"


def test_logs_say_who_asked_for_what_and_no_more(edge: Any, find: Any) -> None:
    """No query, no header that carries a key, a token or a session."""
    (log,) = find(edge, "ListenerPolicy", "edge")["spec"]["default"]["httpSettings"]["accessLog"]

    assert log["fileSink"]["path"] == "/dev/stdout"
    said = " ".join(log["fileSink"]["jsonFormat"].values()).lower()
    assert not {"authorization", "cookie", "x-api-key", ":path", "req_without_query"} & {
        *said.replace("(", " ").replace(")", " ").split()
    }
    assert "%path(nq)%" in said


def test_clients_are_known_by_their_own_address(edge: Any, find: Any) -> None:
    """The load balancer says it by the proxy protocol, and the proxies take nobody's word without."""
    parameters = find(edge, "GatewayParameters", "edge")["spec"]["kube"]["service"]["extraAnnotations"]
    listener = find(edge, "ListenerPolicy", "edge")["spec"]["default"]

    assert parameters["service.beta.kubernetes.io/aws-load-balancer-proxy-protocol"] == "*"
    assert "allowRequestsWithoutProxyProtocol" not in listener["proxyProtocol"]


def test_a_proxy_that_leaves_is_not_missed(edge: Any, find: Any) -> None:
    """One at a time; it takes connections until the load balancer has noticed, and then ends its answers."""
    kube = find(edge, "GatewayParameters", "edge")["spec"]["kube"]
    pod = kube["podTemplate"]

    assert kube["podDisruptionBudget"]["spec"] == {"maxUnavailable": 1}
    assert pod["gracefulShutdown"]["enabled"]
    assert pod["terminationGracePeriodSeconds"] == pod["gracefulShutdown"]["sleepTimeSeconds"] + 600


def test_tokens_are_for_us_and_from_our_provider(edge: Any, find: Any) -> None:
    """A token that somebody got for another service is none."""
    (provider,) = find(edge, "GatewayExtension", "token")["spec"]["jwt"]["providers"]

    assert (provider["issuer"], provider["audiences"]) == ("https://login.example.com", ["agentic-platform"])
    assert provider["jwks"]["remote"]["url"] == "https://login.example.com/oauth2/keys"


def test_people_sign_in_at_the_provider(edge: Any, find: Any) -> None:
    """By a client of its own, whose secret Git does not know."""
    session = find(edge, "GatewayExtension", "sign-in")["spec"]["oauth2"]

    assert session["credentials"] == {
        "clientID": "agentic-platform-pages",
        "clientSecretRef": {"name": "edge-sign-in"},
    }
    assert "openid" in session["scopes"]


@pytest.mark.parametrize("what", ["keys", "token"])
def test_the_provider_has_to_prove_its_name(edge: Any, find: Any, what: str) -> None:
    """Without TLS of its own, Envoy would speak plain HTTP to port 443 and every sign-in would fail."""
    tls = find(edge, "BackendConfigPolicy", f"identity-{what}")["spec"]["tls"]

    assert tls["sni"] == "login.example.com"
    assert tls["verifySubjectAltNames"] == ["login.example.com"]
    assert tls["wellKnownCACertificates"] == "System"


@pytest.mark.parametrize(
    ("cluster", "address"),
    [
        ("dev-us-east-1", {"host": "login.example.com", "port": 443}),
        ("prod-us-east-2", {"host": "egress-proxy.egress.svc.cluster.local", "port": port_of("edge")}),
    ],
)
def test_the_provider_is_reached_the_way_the_cluster_lets_out(
    render: Any, site: Any, find: Any, cluster: str, address: dict[str, Any]
) -> None:
    """On self-managed nodes only the egress proxy leaves; it reads the name in the TLS greeting."""
    backend = find(render(Edge, site(cluster)), "Backend", "identity-keys")

    assert backend["spec"]["static"]["hosts"] == [address]


@pytest.mark.parametrize(
    ("cluster", "load_balancer"),
    [("dev-us-east-1", "eks.amazonaws.com/nlb"), ("prod-us-east-2", "service.k8s.aws/nlb")],
)
def test_the_load_balancer_is_the_node_modes_own(
    render: Any, site: Any, find: Any, cluster: str, load_balancer: str
) -> None:
    """Auto Mode and the controller of ours answer to different classes."""
    parameters = find(render(Edge, site(cluster)), "GatewayParameters", "edge")

    assert parameters["spec"]["kube"]["service"]["loadBalancerClass"] == load_balancer


def test_proxies_count_towards_the_quota_of_their_namespace(render: Any, site: Any) -> None:
    """The operator makes them, so nobody else counts them: the quota would refuse the last ones of a rollout."""
    rendering = render(Edge, site("prod-us-east-2"))

    (demand,) = rendering.demands
    (parameters,) = (one.body["spec"]["kube"] for one in rendering.objects if one.body["kind"] == "GatewayParameters")
    assert demand.surge
    assert demand.replicas.peak == parameters["deployment"]["replicas"]
    assert [one.manifest() for one in demand.resources] == [parameters["envoyContainer"]["resources"]]
