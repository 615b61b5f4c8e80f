"""Routes lead from the edge to endpoints."""

from __future__ import annotations

from groundwork.kube.endpoint import Endpoint
from groundwork.kube.ports import Port
from groundwork.kube.routes import GATEWAY, GATEWAY_NAMESPACE, Rule, http_route

STABLE, CANARY = (Endpoint.of(name, "ai-gateway", Port.http(4000)) for name in ("litellm", "litellm-canary"))


def test_a_rule_matches_a_path_and_divides_by_weight() -> None:
    """Between Services in their own namespace, at the port that clients dial."""
    found = Rule(path="/v1", backends=[(STABLE, 95), (CANARY, 5)], timeout="0s").manifest()

    assert [{"path": {"type": "PathPrefix", "value": "/v1"}}] == found["matches"]
    assert [("litellm", "ai-gateway", 4000, 95), ("litellm-canary", "ai-gateway", 4000, 5)] == [
        (one["name"], one["namespace"], one["port"], one["weight"]) for one in found["backendRefs"]
    ]
    assert {"request": "0s"} == found["timeouts"]
    assert "name" not in found


def test_all_headers_of_a_rule_must_match() -> None:
    """They stand in one match, not in several."""
    (match,) = Rule(path="/", backends=[(STABLE, 1)], name="canary", headers=[("x-a", "1"), ("x-b", "2")]).manifest()[
        "matches"
    ]

    assert [("Exact", "x-a", "1"), ("Exact", "x-b", "2")] == [
        (one["type"], one["name"], one["value"]) for one in match["headers"]
    ]


def test_a_route_hangs_on_the_edges_https_listener() -> None:
    """Nothing is served without TLS, and nobody keeps a list of routes."""
    spec = http_route("api.example.com", [Rule(path="/", backends=[(STABLE, 1)])])["spec"]

    assert [{"name": GATEWAY, "namespace": GATEWAY_NAMESPACE, "sectionName": "https"}] == spec["parentRefs"]
    assert (["api.example.com"], 1) == (spec["hostnames"], len(spec["rules"]))
