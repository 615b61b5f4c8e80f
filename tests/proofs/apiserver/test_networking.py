"""Networking: fields of Services, Ingresses and NetworkPolicies that do not go together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.findings import Finding

Body = dict[str, Any]
FindingsOf = Callable[..., list[Finding]]
Changed = Callable[..., Body]
Refuses = Callable[[str, str, Any, str, str], None]


@pytest.mark.parametrize(
    "example",
    [
        ("Service", "spec.clusterIP", "nowhere", "format", "neither None nor an IP address"),
        ("Service", "spec.ports.1.name", "http", "duplicate", "spec.ports[1].name is http"),
        ("Service", "spec.ports", ..., "conflict", "which only a headless Service may lack"),
        ("Service", "spec.type", "ExternalName", "conflict", "without an externalName"),
        ("Service", "spec.ports.0.nodePort", 30080, "conflict", "is set on a Service of type ClusterIP"),
        ("Service", "spec.externalTrafficPolicy", "Local", "conflict", "only NodePort and LoadBalancer have it"),
        ("Service", "spec.loadBalancerClass", "eks.amazonaws.com/nlb", "conflict", "of type ClusterIP"),
        ("Service", "spec.ports.1.name", ..., "required", "with several ports each needs one"),
        ("Ingress", "spec.rules", ..., "conflict", "neither rules nor a defaultBackend"),
        ("Ingress", "spec.rules.0.http.paths.0.path", "api", "conflict", "with pathType Prefix it starts with /"),
        ("NetworkPolicy", "spec.ingress.0.from.0", {}, "conflict", "names no peer"),
        ("NetworkPolicy", "spec.egress.0.to.0.podSelector", {}, "conflict", "an ipBlock beside a selector"),
        ("NetworkPolicy", "spec.egress.0.to.0.ipBlock.except.0", "10.1.0.0/24", "conflict", "does not lie within"),
        ("NetworkPolicy", "spec.egress.0.ports.0.endPort", 7000, "conflict", "below port 8000"),
        ("NetworkPolicy", "spec.egress.0.ports.0.port", "http", "conflict", "needs a numeric port"),
    ],
    ids=lambda one: f"{one[0]} {one[1]}",
)
def test_fields_that_do_not_go_together_are_refused(example: tuple[str, str, Any, str, str], refuses: Refuses) -> None:
    """One contradiction makes a finding of its rule, which names the place."""
    refuses(*example)


@pytest.mark.parametrize(
    ("kind", "place", "value"),
    [
        ("Service", "spec", {"clusterIP": "None", "selector": {"app": "web"}}),
        ("Service", "spec", {"type": "ExternalName", "externalName": "db.example.com"}),
        ("Service", "spec", {"type": "LoadBalancer", "externalTrafficPolicy": "Local", "ports": [{"port": 443}]}),
        ("Service", "spec", {"type": "NodePort", "ports": [{"port": 443, "nodePort": 30443}]}),
        ("Ingress", "spec", {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}}),
        ("NetworkPolicy", "spec", {"podSelector": {}}),
        ("NetworkPolicy", "spec.egress.0.ports.0.endPort", 8000),
    ],
)
def test_a_rarer_but_valid_spelling_has_no_finding(
    kind: str, place: str, value: Any, *, sound: dict[str, Body], findings_of: FindingsOf, changed: Changed
) -> None:
    """Headless, external and node-port Services, a default backend and an empty policy are all fine."""
    assert findings_of(changed(sound[kind], place, value)) == []
