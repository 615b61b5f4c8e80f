"""Scaling: a scaler has a target of its own, and asks for something that exists."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        (
            "ScaledObject",
            "qwen3-4b",
            lambda body: body["spec"]["scaleTargetRef"].update(name="qwen3"),
            "missing-scale-target",
        ),
        ("Deployment", "qwen3-4b", lambda body: body["spec"].update(replicas=1), "two-scalers"),
        (
            "ScaledObject",
            "qwen3-4b",
            lambda body: body["spec"]["scaleTargetRef"].update(name="glm-5-fp8"),
            "two-scalers",
        ),
        (
            "ScaledObject",
            "qwen3-4b",
            lambda body: body["spec"]["triggers"][0]["metadata"].update(query="sum(vllm:requests_waiting)"),
            "no-series",
        ),
        (
            "ScaledObject",
            "qwen3-4b",
            lambda body: body["spec"]["triggers"][0].update(authenticationRef={"name": "prometheus"}),
            "missing-trigger-authentication",
        ),
    ],
)
def test_a_scaler_of_nothing_is_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """What it scales, what it asks, as whom."""
    assert f"references/{rule}" in {one.rule for one in broken(kind, name, edit)}
