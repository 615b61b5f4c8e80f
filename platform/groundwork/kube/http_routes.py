"""A host at kgateway: its HTTPRoute, the grants that the route needs, and a policy per rule that asks who is calling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundwork.kube.endpoint import Endpoint
from groundwork.kube.routes import GATEWAY, GATEWAY_NAMESPACE, Rule, name_of, named, own_checks

__all__ = ["GUARDRAIL", "SIGN_IN", "TOKEN", "http_routes", "token_bucket"]

# The edge's GatewayExtensions: who judges what callers send, and what knows the identity provider.
GUARDRAIL = "guardrail"
SIGN_IN = "sign-in"
TOKEN = "token"  # noqa: S105 - the name of an object

_API = "gateway.networking.k8s.io"


def http_routes(namespace: str, host: str, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Everything that serves a host name on the edge's HTTPS listener."""
    return [
        _route(namespace, host, rules),
        *_grants(namespace, host, rules),
        *(_policy(namespace, host, rule, found) for rule in rules if (found := _settings(rule))),
    ]


def token_bucket(rate: int) -> dict[str, Any]:
    """So many requests per second, at each proxy for itself."""
    return {"local": {"tokenBucket": {"maxTokens": rate, "tokensPerFill": rate, "fillInterval": "1s"}}}


def _route(namespace: str, host: str, rules: Sequence[Rule]) -> dict[str, Any]:
    parent = {"name": GATEWAY, "namespace": GATEWAY_NAMESPACE, "sectionName": "https"}
    spec = {"parentRefs": [parent], "hostnames": [host], "rules": [_rule(rule) for rule in rules]}
    label = host.partition(".")[0]
    return named(f"{_API}/v1", "HTTPRoute", label, namespace, annotations=own_checks(rules), spec=spec)


def _rule(rule: Rule) -> dict[str, Any]:
    match: dict[str, Any] = {"path": {"type": "PathPrefix", "value": rule.path}}
    if rule.headers:
        match["headers"] = [{"type": "Exact", "name": name, "value": value} for name, value in rule.headers]
    return {
        **({"name": rule.name} if rule.name else {}),
        "matches": [match],
        "backendRefs": [_backend(*one) for one in rule.backends],
        "timeouts": {"request": rule.timeout},
    }


def _backend(endpoint: Endpoint, weight: int) -> dict[str, Any]:
    return {"name": endpoint.service, "namespace": endpoint.namespace, "port": endpoint.port, "weight": weight}


def _grants(namespace: str, host: str, rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """A backend elsewhere has to agree to be one: its namespace says so, for this Service only."""
    elsewhere = {(one.namespace, one.service) for rule in rules for one in rule.endpoints if one.namespace != namespace}
    return [
        named(
            f"{_API}/v1",
            "ReferenceGrant",
            f"{host.partition('.')[0]}-to-{service}",
            where,
            spec={
                "from": [{"group": _API, "kind": "HTTPRoute", "namespace": namespace}],
                "to": [{"group": "", "kind": "Service", "name": service}],
            },
        )
        for where, service in sorted(elsewhere)
    ]


def _policy(namespace: str, host: str, rule: Rule, settings: dict[str, Any]) -> dict[str, Any]:
    """Attached to the one rule, in the route's own namespace: a policy elsewhere is accepted and does nothing."""
    section = {"sectionName": rule.name} if rule.name else {}
    target = {"group": _API, "kind": "HTTPRoute", "name": host.partition(".")[0], **section}
    spec = {"targetRefs": [target], **settings}
    return named("gateway.kgateway.dev/v1alpha1", "TrafficPolicy", name_of(host, rule), namespace, spec=spec)


def _settings(rule: Rule) -> dict[str, Any]:
    """What the rule wants beyond the edge's own policy."""
    settings = _asking(rule)
    if rule.guarded:
        settings["extProc"] = _extension(GUARDRAIL)
    if rule.rate:
        settings["rateLimit"] = token_bucket(rule.rate)
    return settings


def _asking(rule: Rule) -> dict[str, Any]:
    if rule.asks == "token":
        return {"jwtAuth": _extension(TOKEN)}
    if rule.asks == "sign-in":
        # A session is a cookie, and browsers send cookies for any page that asks them to: only our own pages may.
        return {"oauth2": _extension(SIGN_IN), "csrf": {"percentageEnabled": 100}}
    return {}


def _extension(name: str) -> dict[str, Any]:
    return {"extensionRef": {"name": name, "namespace": GATEWAY_NAMESPACE}}
