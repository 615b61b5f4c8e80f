"""Argo CD: Applications sync folders that exist, and their projects let them."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        ("Application", "litellm", lambda body: body["spec"].update(project="gatway"), "missing-project"),
        ("Application", "litellm", lambda body: body["spec"].update(project="data"), "not-permitted"),
        ("AppProject", "gateway", lambda body: body["spec"]["sourceRepos"].pop(), "not-permitted"),
        ("AppProject", "gateway", lambda body: body["spec"]["destinations"].pop(0), "not-permitted"),
        (
            "AppProject",
            "foundation",
            lambda body: body["spec"].update(clusterResourceWhitelist=[]),
            "not-permitted",
        ),
        (
            "Application",
            "litellm",
            lambda body: body["spec"]["source"].update(path="generated/prod-us-east-2/litellm"),
            "missing-path",
        ),
        ("Application", "litellm", None, "not-synced"),
        (
            "Application",
            "litellm",
            lambda body: body["spec"]["source"].update(path="generated/prod-us-east-1/vllm"),
            "not-synced",
        ),
        ("Application", "keda", lambda body: body["spec"]["sources"][0].update(chart="kedda"), "unknown-chart"),
        ("Application", "kagent", lambda body: body["spec"]["sources"].pop(0), "kind-not-installed"),
    ],
)
def test_a_broken_delivery_is_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """What Argo CD would refuse after the merge is refused before it."""
    assert f"references/{rule}" in {one.rule for one in broken(kind, name, edit)}
