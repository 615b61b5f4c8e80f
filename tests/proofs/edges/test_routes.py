"""Routes: from a listener to the port of a backend, every step exists and is allowed."""

from __future__ import annotations

from typing import Any

import pytest


def backend(body: dict[str, Any], rule: int = 0) -> dict[str, Any]:
    """The first backend of a rule."""
    found: dict[str, Any] = body["spec"]["rules"][rule]["backendRefs"][0]
    return found


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        ("Gateway", "edge", None, "missing-listener"),
        ("HTTPRoute", "api", lambda body: body["spec"]["parentRefs"][0].update(sectionName="tls"), "missing-listener"),
        ("HTTPRoute", "api", lambda body: body["spec"].update(hostnames=["api.example.org"]), "missing-listener"),
        (
            "HTTPRoute",
            "langfuse",
            lambda body: body["spec"]["parentRefs"][0].update(sectionName="http"),
            "missing-listener",
        ),
        ("HTTPRoute", "api", lambda body: backend(body).update(name="litelm"), "missing-backend"),
        ("HTTPRoute", "api", lambda body: backend(body).update(port=4001), "missing-backend"),
        (
            "HTTPRoute",
            "api",
            lambda body: backend(body).pop("namespace") and backend(body).update(name="vllm"),
            "missing-backend",
        ),
        ("ReferenceGrant", "api-to-kagent-controller", None, "missing-grant"),
        (
            "ReferenceGrant",
            "api-to-kagent-controller",
            lambda body: body["spec"]["to"][0].update(name="x"),
            "unused-grant",
        ),
        (
            "TrafficPolicy",
            "api-agents",
            lambda body: body["spec"]["targetRefs"][0].update(name="apis"),
            "missing-policy-target",
        ),
        ("HTTPRoute", "api", lambda body: body["spec"]["rules"][1].update(name="agent"), "missing-policy-target"),
        ("GatewayExtension", "token", None, "missing-extension"),
        ("GatewayParameters", "edge", None, "missing-extension"),
        ("Backend", "identity-keys", None, "missing-backend"),
        ("Certificate", "edge", lambda body: body["spec"].update(dnsNames=["other.example.com"]), "uncovered-host"),
        ("Certificate", "edge", None, "missing-secret"),
        ("ClusterIssuer", "letsencrypt", None, "missing-extension"),
        ("Gateway", "edge", lambda body: body["spec"].update(gatewayClassName="nginx"), "missing-class"),
        (
            "HTTPRoute",
            "langfuse",
            lambda body: (
                body["spec"].update(hostnames=["api.prod-us-east-2.ai.example.com"])
                or body["spec"]["rules"][0]["matches"][0]["path"].update(value="/v1")
            ),
            "contested-route",
        ),
    ],
)
def test_a_route_into_nothing_is_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """Only the status of a running gateway would tell otherwise."""
    assert f"references/{rule}" in {one.rule for one in broken(kind, name, edit)}
