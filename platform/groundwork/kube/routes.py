"""Routes: what is reachable from outside, said by the component that serves it. The edge owns the Gateway, nobody a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.kube.endpoint import Endpoint
from groundwork.kube.labels import AUTHENTICATES

__all__ = ["GATEWAY", "GATEWAY_NAMESPACE", "Rule", "http_route"]

GATEWAY = "edge"
GATEWAY_NAMESPACE = "ai-gateway"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Requests by path and headers, to one endpoint or, by weight, to several.

    Args:
        headers: exact values; all must match.
        authenticated: how the backends know their callers, where the edge asks for no sign-in.
        timeout: until the whole answer; "0s" for none, because a completion streams for minutes.
    """

    path: str
    backends: Sequence[tuple[Endpoint, int]]
    name: str = ""
    headers: Sequence[tuple[str, str]] = ()
    timeout: str = "60s"
    authenticated: str = ""

    def manifest(self) -> dict[str, Any]:
        """The HTTPRoute rule."""
        match: dict[str, Any] = {"path": {"type": "PathPrefix", "value": self.path}}
        if self.headers:
            match["headers"] = [{"type": "Exact", "name": name, "value": value} for name, value in self.headers]
        named = {"name": self.name} if self.name else {}
        return {
            **named,
            "matches": [match],
            "backendRefs": [_backend(*one) for one in self.backends],
            "timeouts": {"request": self.timeout},
        }


def http_route(host: str, rules: Sequence[Rule]) -> dict[str, Any]:
    """Metadata and spec of an HTTPRoute on the edge's HTTPS listener; it says which backends check their callers themselves."""
    parent = {"name": GATEWAY, "namespace": GATEWAY_NAMESPACE, "sectionName": "https"}
    spec = {"parentRefs": [parent], "hostnames": [host], "rules": [rule.manifest() for rule in rules]}
    checks = {
        f"{one.service} by {rule.authenticated}" for rule in rules if rule.authenticated for one, _ in rule.backends
    }
    said = {"annotations": {AUTHENTICATES: ", ".join(sorted(checks))}} if checks else {}
    return {"metadata": said, "spec": spec}


def _backend(endpoint: Endpoint, weight: int) -> dict[str, Any]:
    return {"name": endpoint.service, "namespace": endpoint.namespace, "port": endpoint.port, "weight": weight}
