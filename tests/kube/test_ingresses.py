"""Ingresses say to a load balancer what routes say to kgateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from groundwork.fleet.loader import load
from groundwork.fleet.site import Site
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.ingresses import client_texts, ingresses
from groundwork.kube.ports import Port
from groundwork.kube.routes import Rule

ROOT = Path(__file__).resolve().parents[2]
STABLE, CANARY = (
    Endpoint.of(name, "ai-gateway", Port.http(4000), ready="/health/readiness")
    for name in ("litellm", "litellm-canary")
)
ELSEWHERE = Endpoint.of("kagent-controller", "kagent", Port.http(8083))


@pytest.fixture(scope="module")
def site() -> Site:
    """The cluster of the reference fleet whose edge is a load balancer."""
    return load(ROOT).site("prod-us-east-1")


def notes(body: dict[str, Any]) -> dict[str, str]:
    """An Ingress's annotations for the load balancer's controller, without their prefix."""
    return {
        key.removeprefix("alb.ingress.kubernetes.io/"): value for key, value in body["metadata"]["annotations"].items()
    }


def test_each_rule_is_an_ingress_where_its_backend_is(site: Site) -> None:
    """There is no way into another namespace, and the order of the rules is kept across namespaces."""
    rules = [
        Rule(path="/v1", name="models", backends=[(STABLE, 1)]),
        Rule(path="/a2a", name="agents", backends=[(ELSEWHERE, 1)]),
    ]

    made = ingresses(site, "api.example.com", rules)

    assert [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in made] == [
        ("ai-gateway", "api-models"),
        ("kagent", "api-agents"),
    ]
    assert [notes(one)["group.order"] for one in made] == ["1", "2"]
    (path,) = made[1]["spec"]["rules"][0]["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/a2a", "Prefix")
    assert path["backend"]["service"] == {"name": "kagent-controller", "port": {"number": 8083}}


def test_weights_are_a_forward_that_the_path_names(site: Site) -> None:
    """The path leads to the annotation of its own name, and the annotation to Services."""
    (one,) = ingresses(site, "api.example.com", [Rule(path="/v1", name="models", backends=[(STABLE, 95), (CANARY, 5)])])

    service = one["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert service == {"name": "api-models", "port": {"name": "use-annotation"}}
    groups = json.loads(notes(one)["actions.api-models"])["forwardConfig"]["targetGroups"]
    assert [(group["serviceName"], group["servicePort"], group["weight"]) for group in groups] == [
        ("litellm", 4000, 95),
        ("litellm-canary", 4000, 5),
    ]


def test_headers_narrow_the_path_of_the_backends_name(site: Site) -> None:
    """A condition under another name would apply to nothing."""
    (one,) = ingresses(
        site, "api.example.com", [Rule(path="/v1", name="canary", headers=[("x-a", "1")], backends=[(CANARY, 1)])]
    )

    (condition,) = json.loads(notes(one)["conditions.litellm-canary"])
    assert condition["httpHeaderConfig"] == {"httpHeaderName": "x-a", "values": ["1"]}


def test_a_token_is_for_us_and_from_our_provider(site: Site) -> None:
    """The signature alone would let anybody in whom the provider knows, for whatever they asked it."""
    (one,) = ingresses(site, "api.example.com", [Rule(path="/", backends=[(ELSEWHERE, 1)], asks="token")])

    assert json.loads(notes(one)["jwt-validation"]) == {
        "jwksEndpoint": "https://login.example.com/oauth2/keys",
        "issuer": "https://login.example.com",
        "additionalClaims": [{"name": "aud", "format": "single-string", "values": ["agentic-platform"]}],
    }


def test_people_sign_in_with_a_secret_that_only_the_controller_may_read(site: Site) -> None:
    """The load balancer's controller is AWS's: a Role for this one Secret, bound to its group."""
    one, role, binding = ingresses(
        site, "langfuse.example.com", [Rule(path="/", backends=[(STABLE, 1)], asks="sign-in")], "litellm-sign-in"
    )

    assert notes(one)["auth-type"] == "oidc"
    assert json.loads(notes(one)["auth-idp-oidc"])["secretName"] == "litellm-sign-in"
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["litellm-sign-in"], "verbs": ["get"]}
    ]
    assert [subject["name"] for subject in binding["subjects"]] == ["eks:managed"]
    assert client_texts(site).keys() == {"clientID", "clientSecret"}


def test_the_load_balancer_asks_pods_whether_they_are_ready_and_lets_them_finish(site: Site) -> None:
    """By the path that the backend's own readiness probe asks; a stream is not cut when its pod leaves."""
    (one,) = ingresses(site, "api.example.com", [Rule(path="/", backends=[(STABLE, 1)])])

    assert notes(one)["healthcheck-path"] == "/health/readiness"
    assert "deregistration_delay.timeout_seconds=600" in notes(one)["target-group-attributes"]
    assert (notes(one)["target-type"], notes(one)["ssl-redirect"]) == ("ip", "443")
