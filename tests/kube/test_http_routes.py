"""kgateway's routes lead from the edge to endpoints, and ask who is calling."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.kube.endpoint import Endpoint
from groundwork.kube.http_routes import http_routes
from groundwork.kube.ports import Port
from groundwork.kube.routes import GATEWAY, GATEWAY_NAMESPACE, Rule

STABLE, CANARY = (Endpoint.of(name, "ai-gateway", Port.http(4000)) for name in ("litellm", "litellm-canary"))
ELSEWHERE = Endpoint.of("kagent-controller", "kagent", Port.http(8083))


def made(*rules: Rule) -> dict[str, Any]:
    """What serves api.example.com, by kind; the rules of these tests make one object of each."""
    return {body["kind"]: body for body in http_routes("ai-gateway", "api.example.com", rules)}


def test_a_rule_matches_a_path_and_divides_by_weight() -> None:
    """Between Services in their own namespace, at the port that clients dial."""
    (found,) = made(Rule(path="/v1", backends=[(STABLE, 95), (CANARY, 5)], timeout="0s"))["HTTPRoute"]["spec"]["rules"]

    assert [{"path": {"type": "PathPrefix", "value": "/v1"}}] == found["matches"]
    assert [("litellm", "ai-gateway", 4000, 95), ("litellm-canary", "ai-gateway", 4000, 5)] == [
        (one["name"], one["namespace"], one["port"], one["weight"]) for one in found["backendRefs"]
    ]
    assert {"request": "0s"} == found["timeouts"]
    assert "name" not in found


def test_all_headers_of_a_rule_must_match() -> None:
    """They stand in one match, not in several."""
    rule = Rule(path="/", backends=[(STABLE, 1)], name="canary", headers=[("x-a", "1"), ("x-b", "2")])

    (match,) = made(rule)["HTTPRoute"]["spec"]["rules"][0]["matches"]
    assert [("Exact", "x-a", "1"), ("Exact", "x-b", "2")] == [
        (one["type"], one["name"], one["value"]) for one in match["headers"]
    ]


def test_a_route_hangs_on_the_edges_https_listener() -> None:
    """Nothing is served without TLS, and nobody keeps a list of routes."""
    spec = made(Rule(path="/", backends=[(STABLE, 1)]))["HTTPRoute"]["spec"]

    assert [{"name": GATEWAY, "namespace": GATEWAY_NAMESPACE, "sectionName": "https"}] == spec["parentRefs"]
    assert (["api.example.com"], 1) == (spec["hostnames"], len(spec["rules"]))


def test_a_backend_elsewhere_agrees_to_be_one() -> None:
    """Its namespace grants this Service and no other, to routes of this namespace only; a neighbour needs no grant."""
    grant = made(Rule(path="/", backends=[(ELSEWHERE, 1)]))["ReferenceGrant"]

    assert grant["metadata"] == {"name": "api-to-kagent-controller", "namespace": "kagent"}
    assert grant["spec"]["to"] == [{"group": "", "kind": "Service", "name": "kagent-controller"}]
    assert [one["namespace"] for one in grant["spec"]["from"]] == ["ai-gateway"]
    assert "ReferenceGrant" not in made(Rule(path="/", backends=[(STABLE, 1)]))


@pytest.mark.parametrize(("asks", "check"), [("token", "jwtAuth"), ("sign-in", "oauth2")])
def test_a_rule_that_asks_who_is_calling_has_a_policy_of_its_own(asks: Any, check: str) -> None:
    """Beside the route, where it takes hold, and attached to this rule alone."""
    policy = made(Rule(path="/", name="agents", backends=[(STABLE, 1)], asks=asks))["TrafficPolicy"]

    assert policy["metadata"] == {"name": "api-agents", "namespace": "ai-gateway"}
    (target,) = policy["spec"]["targetRefs"]
    assert (target["kind"], target["name"], target["sectionName"]) == ("HTTPRoute", "api", "agents")
    assert policy["spec"][check]["extensionRef"] == {"name": asks, "namespace": GATEWAY_NAMESPACE}


def test_pages_are_safe_from_other_peoples_pages() -> None:
    """A session is a cookie: requests that another site makes a browser send are refused."""
    assert made(Rule(path="/", backends=[(STABLE, 1)], asks="sign-in"))["TrafficPolicy"]["spec"]["csrf"] == {
        "percentageEnabled": 100
    }


def test_a_rule_whose_backends_know_their_callers_has_no_policy() -> None:
    """The annotation says so instead."""
    found = made(Rule(path="/v1", backends=[(STABLE, 1)], authenticated="keys"))

    assert "TrafficPolicy" not in found
    assert found["HTTPRoute"]["metadata"]["annotations"] == {"groundwork.dev/authenticates": "litellm by keys"}


def test_what_callers_send_is_judged_and_counted_where_a_rule_says_so() -> None:
    """In the one policy of the rule; the edge's own limit holds where it says nothing."""
    spec = made(Rule(path="/", backends=[(STABLE, 1)], guarded=True, rate=20))["TrafficPolicy"]["spec"]

    assert spec["extProc"] == {"extensionRef": {"name": "guardrail", "namespace": GATEWAY_NAMESPACE}}
    bucket = spec["rateLimit"]["local"]["tokenBucket"]
    assert bucket == {"maxTokens": 20, "tokensPerFill": 20, "fillInterval": "1s"}
