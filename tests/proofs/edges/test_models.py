"""Models: the gateway's configuration agrees with the servers, with itself and with its environment."""

from __future__ import annotations

from typing import Any

import pytest


def replaced(old: str, new: str) -> Any:
    """An edit of the gateway's configuration file."""

    def edit(body: dict[str, Any]) -> None:
        body["data"] = {name: text.replace(old, new) for name, text in body["data"].items()}

    return edit


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        ("ConfigMap", "litellm", replaced("hosted_vllm/qwen3-4b", "hosted_vllm/Qwen/Qwen3-4B"), "model-not-served"),
        ("Deployment", "qwen3-4b", lambda body: body["spec"]["template"]["spec"]["containers"][0]["args"].pop(1), ""),
        (
            "Deployment",
            "qwen3-4b",
            lambda body: body["spec"]["template"]["spec"]["containers"][0]["args"].__setitem__(
                1, "--served-model-name=qwen"
            ),
            "model-not-served",
        ),
        ("ConfigMap", "litellm", replaced("fast: qwen3-4b", "fast: qwen3"), "unknown-model"),
        (
            "ConfigMap",
            "litellm",
            replaced("    - qwen3-4b", "    - gpt"),
            "unknown-model",
        ),
        ("ConfigMap", "litellm", replaced("os.environ/REDIS_HOST", "os.environ/REDIS_URL"), "missing-environment"),
        ("ConfigMap", "litellm", replaced("router_settings:", "router_settings: ["), "unreadable-configuration"),
        (
            "ConfigMap",
            "litellm",
            replaced("qwen3-4b.ai-inference.svc:8000", "qwen3-4b.ai-inference.svc:8001"),
            "missing-service",
        ),
        ("ConfigMap", "litellm-tenants", replaced('"qwen3-4b"', '"qwen3"'), "unknown-model"),
    ],
)
def test_a_promise_that_no_server_keeps_is_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """Configuration files are read as the gateway reads them."""
    found = {one.rule for one in broken(kind, name, edit)}

    if rule:
        assert f"references/{rule}" in found


def test_the_finding_points_into_the_file(broken: Any) -> None:
    """The pointer goes on inside the ConfigMap's value, so that the line of the file can be shown."""
    (finding,) = broken("ConfigMap", "litellm", replaced("fast: qwen3-4b", "fast: qwen3"))

    assert finding.pointer == ("data", "config.yaml", "router_settings", "model_group_alias", "fast")
