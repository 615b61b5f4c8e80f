"""Routes: what is reachable from outside, said by the component that serves it; the same words for every edge.

http_routes says them to kgateway, ingresses to an Application Load Balancer. The edge owns its listeners, nobody a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from groundwork.kube.endpoint import Endpoint
from groundwork.kube.labels import AUTHENTICATES

__all__ = ["GATEWAY", "GATEWAY_NAMESPACE", "Rule", "name_of", "named", "own_checks"]

GATEWAY = "edge"
GATEWAY_NAMESPACE = "ai-gateway"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Requests by path and headers, to one endpoint or, by weight, to several.

    Args:
        name: tells the rules of one host apart.
        headers: exact values; all must match.
        asks: what the edge wants of callers: that a person signs in, or the identity provider's token.
        authenticated: how the backends know their callers themselves, where the edge asks for nothing.
        guarded: whether what callers send is judged first, where the edge has a guardrail.
        rate: requests per second that each of the edge's proxies lets through; 0 for what the edge lets through in all. A load
            balancer has no such limit: there the web ACL counts per client.
        timeout: until the whole answer; "0s" for none, because a completion streams for minutes.
    """

    path: str
    backends: Sequence[tuple[Endpoint, int]]
    name: str = ""
    headers: Sequence[tuple[str, str]] = ()
    asks: Literal["", "sign-in", "token"] = ""
    authenticated: str = ""
    guarded: bool = False
    rate: int = 0
    timeout: str = "60s"

    @property
    def endpoints(self) -> list[Endpoint]:
        """What it leads to."""
        return [endpoint for endpoint, _ in self.backends]


def name_of(host: str, rule: Rule) -> str:
    """What an object is called that belongs to one rule of a host."""
    label = host.partition(".")[0]
    return f"{label}-{rule.name}" if rule.name else label


def own_checks(rules: Sequence[Rule]) -> dict[str, str]:
    """Says which backends check their callers themselves."""
    checks = {
        f"{one.service} by {rule.authenticated}" for rule in rules if rule.authenticated for one in rule.endpoints
    }
    return {AUTHENTICATES: ", ".join(sorted(checks))} if checks else {}


def named(api_version: str, kind: str, name: str, namespace: str, **body: Any) -> dict[str, Any]:
    """An object in a namespace; `annotations` go into its metadata."""
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    if notes := body.pop("annotations", {}):
        metadata["annotations"] = notes
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}
