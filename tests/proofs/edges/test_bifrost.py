"""Bifrost: its file agrees with the servers, with itself and with its environment."""

from __future__ import annotations

from typing import Any

import pytest

GATEWAY = """
apiVersion: v1
kind: ConfigMap
metadata: {name: gateway, namespace: shop}
data:
  config.json: |
    {"providers": {"vllm": {"keys": [
        {"name": "small", "models": ["qwen3-4b"],
         "vllm_key_config": {"url": "http://small.shop.svc:8000", "model_name": "qwen3-4b"}}]}},
     "governance": {
       "virtual_keys": [{"id": "a", "value": "env.KEY", "rate_limit_id": "a",
                         "provider_configs": [{"provider": "vllm", "allowed_models": ["qwen3-4b"]}]},
                        {"id": "b", "provider_configs": [{"provider": "vllm", "allowed_models": ["*"]}]}],
       "budgets": [{"id": "money", "virtual_key_id": "a"}],
       "rate_limits": [{"id": "a"}],
       "routing_rules": [{"cel_expression": "model == \\"fast\\"", "fallbacks": ["vllm/qwen3-4b"],
                          "targets": [{"provider": "vllm", "model": "qwen3-4b", "weight": 1}]}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: gateway, env: [{name: KEY, value: x}]}]
      volumes: [{name: a, configMap: {name: gateway}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: small, namespace: shop}
spec:
  template:
    metadata: {labels: {app: small}}
    spec: {containers: [{name: vllm, image: vllm/vllm-openai, args: [--served-model-name=qwen3-4b]}]}
---
{apiVersion: v1, kind: Service, metadata: {name: small, namespace: shop}, spec: {selector: {app: small}, ports: [{port: 8000}]}}
"""

INSIDE = ("data", "config.json")
KEY = (*INSIDE, "governance", "virtual_keys", 0)
RULE = (*INSIDE, "governance", "routing_rules", 0)


def test_a_file_that_agrees_is_fine(follow: Any) -> None:
    """Every name in it is counted."""
    gateway = follow(GATEWAY)

    assert gateway.problems == {}
    kinds = ("offered model -> served model", "rule -> model", "fallback -> model", "key -> model", "limit -> key")
    assert [gateway.held[kind] for kind in kinds] == [1, 1, 1, 2, 2]
    assert gateway.held["configuration -> environment"] == 1


@pytest.mark.parametrize(
    ("old", "new", "rule", "says", "pointer"),
    [
        (
            '"model_name": "qwen3-4b"',
            '"model_name": "Qwen3"',
            "model-not-served",
            "small serves qwen3-4b, not 'Qwen3'",
            (*INSIDE, "providers", "vllm", "keys", 0, "vllm_key_config", "model_name"),
        ),
        (
            '"model": "qwen3-4b"',
            '"model": "qwen3-4"',
            "unknown-model",
            "did you mean `qwen3-4b`?",
            (*RULE, "targets", 0, "model"),
        ),
        (
            '["vllm/qwen3-4b"]',
            '["qwen3-4b"]',
            "unknown-model",
            "did you mean `vllm/qwen3-4b`?",
            (*RULE, "fallbacks", 0),
        ),
        (
            '"allowed_models": ["qwen3-4b"]',
            '"allowed_models": ["qwen"]',
            "unknown-model",
            "no model 'qwen'",
            (*KEY, "provider_configs", 0, "allowed_models", 0),
        ),
        (
            '"rate_limit_id": "a"',
            '"rate_limit_id": "c"',
            "limit-without-key",
            "no rate limit is called 'c'",
            (*KEY, "rate_limit_id"),
        ),
        (
            '"virtual_key_id": "a"',
            '"virtual_key_id": "c"',
            "limit-without-key",
            "no key is called 'c'",
            (*INSIDE, "governance", "budgets", 0, "virtual_key_id"),
        ),
        ("env.KEY", "env.KEYS", "missing-environment", "no variable KEYS; did you mean `KEY`?", (*KEY, "value")),
    ],
)
def test_a_promise_that_nobody_keeps_is_found(
    follow: Any, old: str, new: str, rule: str, says: str, *, pointer: tuple[str | int, ...]
) -> None:
    """The pointer goes on inside the ConfigMap's value, so that the line of the file can be shown."""
    assert old in GATEWAY

    (edge,) = [edge for edge in follow(GATEWAY.replace(old, new)).edges if edge.rule is not None]

    assert edge.rule.id == f"references/{rule}"
    assert says in edge.problem
    assert edge.pointer == pointer
