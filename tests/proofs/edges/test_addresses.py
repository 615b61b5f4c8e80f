"""Addresses: names inside the cluster are found in any text and followed."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://litelm.ai-gateway.svc:4000", "ai-gateway has no 'litelm'; did you mean `litellm`?"),
        ("http://litellm.ai-gateway.svc.cluster.local:80", "asks for port 80; the Service ai-gateway/litellm has 4000"),
        ("http://litellm.ai-gateway.svc/v1", "asks for port 80; the Service ai-gateway/litellm has 4000"),
        ("redis://:x@litellm-valkey.ai-data.svc:6380/0", "asks for port 6380"),
    ],
)
def test_an_address_of_nothing_is_found(broken: Any, address: str, problem: str) -> None:
    """In a variable as anywhere else."""

    def edit(body: dict[str, Any]) -> None:
        body["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "ADDRESS", "value": address})

    (finding,) = broken("Deployment", "web-search", edit)

    assert finding.rule == "references/missing-service"
    assert problem in finding.problem


@pytest.mark.parametrize(
    "address",
    [
        "http://litellm.ai-gateway.svc:4000/v1",
        "litellm.ai-gateway.svc",
        "https://kubernetes.default.svc",
        "https://example.svc.com",
    ],
)
def test_an_address_of_a_service_is_fine(broken: Any, address: str) -> None:
    """Names outside of the cluster are nobody's Service."""

    def edit(body: dict[str, Any]) -> None:
        body["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "ADDRESS", "value": address})

    assert broken("Deployment", "web-search", edit) == []
