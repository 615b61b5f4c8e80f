"""Rules say the same to every edge."""

from __future__ import annotations

from groundwork.kube.endpoint import Endpoint
from groundwork.kube.ports import Port
from groundwork.kube.routes import Rule, name_of, own_checks

STABLE, CANARY = (Endpoint.of(name, "ai-gateway", Port.http(4000)) for name in ("litellm", "litellm-canary"))


def test_what_belongs_to_a_rule_is_named_after_its_host_and_the_rule() -> None:
    """So a person finds it, and two rules of a host do not collide."""
    assert name_of("api.prod.example.com", Rule(path="/v1", name="models", backends=[(STABLE, 1)])) == "api-models"
    assert name_of("langfuse.prod.example.com", Rule(path="/", backends=[(STABLE, 1)])) == "langfuse"


def test_backends_that_know_their_callers_are_listed() -> None:
    """Each with its way, once; rules at which the edge asks are not among them."""
    checked = Rule(path="/v1", backends=[(STABLE, 95), (CANARY, 5)], authenticated="keys")
    asked = Rule(path="/", backends=[(STABLE, 1)], asks="sign-in")

    assert own_checks([checked, asked]) == {"groundwork.dev/authenticates": "litellm by keys, litellm-canary by keys"}
    assert own_checks([asked]) == {}
