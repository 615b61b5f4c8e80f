"""Models: the gateway's configuration agrees with the servers, with itself and with its environment."""

from __future__ import annotations

from typing import Any

import pytest

CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: gateway, namespace: shop}
data:
  config.yaml: |
    model_list:
    - model_name: qwen3
      litellm_params: {model: hosted_vllm/qwen3-4b, api_base: "http://small.shop.svc:8000/v1", api_key: os.environ/KEY}
    - model_name: judge
      litellm_params: {model: bedrock/anthropic.claude}
    router_settings:
      model_group_alias: {fast: qwen3, hidden: {model: judge, hidden: true}}
      fallbacks: [{judge: [qwen3]}]
    litellm_settings:
      default_fallbacks: [fast]
      context_window_fallbacks: [{fast: [judge]}]
"""

TEAMS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: teams, namespace: shop}
data:
  teams.json: |
    {"teams": [{"team_id": "a", "models": ["qwen3", "fast"]}, {"team_id": "b", "models": ["no-default-models"]}],
     "keys": [{"key_alias": "k", "team_id": "a", "models": ["judge"], "from": "KEY"}]}
"""

REST = """
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gateway, namespace: shop}
spec:
  template:
    spec:
      containers: [{name: gateway, env: [{name: KEY, value: x}]}]
      volumes: [{name: a, configMap: {name: gateway}}, {name: b, configMap: {name: teams}}]
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

GATEWAY = f"{CONFIG}---\n{REST}"
TENANTS = f"{TEAMS}---{CONFIG}---\n{REST}"


def test_a_configuration_that_agrees_is_fine(follow: Any) -> None:
    """Every name in it is counted."""
    gateway, tenants = follow(GATEWAY), follow(TENANTS)

    assert gateway.problems == tenants.problems == {}
    assert gateway.held["offered model -> served model"] == 1
    assert gateway.held["alias -> model"] == 2
    assert gateway.held["fallback -> model"] == 5
    assert gateway.held["configuration -> environment"] == 1
    assert (tenants.held["team -> model"], tenants.held["key -> model"], tenants.held["key -> team"]) == (3, 1, 1)


INSIDE = ("data", "config.yaml")


@pytest.mark.parametrize(
    ("old", "new", "rule", "says", "pointer"),
    [
        (
            "hosted_vllm/qwen3-4b",
            "hosted_vllm/Qwen/Qwen3-4B",
            "model-not-served",
            "small serves qwen3-4b, not 'Qwen/Qwen3-4B'",
            (*INSIDE, "model_list", 0, "litellm_params", "model"),
        ),
        (
            "small.shop.svc:8000",
            "small.shop.svc:8001",
            "missing-service",
            "asks for port 8001",
            (*INSIDE, "model_list", 0, "litellm_params", "api_base"),
        ),
        (
            "fast: qwen3,",
            "fast: qwen,",
            "unknown-model",
            "did you mean `qwen3`?",
            (*INSIDE, "router_settings", "model_group_alias", "fast"),
        ),
        (
            "model: judge,",
            "model: jugde,",
            "unknown-model",
            "did you mean `judge`?",
            (*INSIDE, "router_settings", "model_group_alias", "hidden"),
        ),
        (
            "[{judge: [qwen3]}]",
            "[{judge: [gpt]}]",
            "unknown-model",
            "the list has no model 'gpt'",
            (*INSIDE, "router_settings", "fallbacks", 0, "judge", 0),
        ),
        (
            "[{judge: [qwen3]}]",
            "[{jury: [qwen3]}]",
            "unknown-model",
            "no model 'jury'",
            (*INSIDE, "router_settings", "fallbacks", 0, "jury"),
        ),
        (
            "default_fallbacks: [fast]",
            "default_fallbacks: [faster]",
            "unknown-model",
            "did you mean `fast`?",
            (*INSIDE, "litellm_settings", "default_fallbacks", 0),
        ),
        (
            "os.environ/KEY",
            "os.environ/KEYS",
            "missing-environment",
            "the Deployment 'gateway', which reads this, has no variable KEYS; did you mean `KEY`?",
            (*INSIDE, "model_list", 0, "litellm_params", "api_key"),
        ),
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


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ('"qwen3", "fast"', '"qwen3", "quick"', "unknown-model", "the list has no model 'quick'"),
        ('"models": ["judge"]', '"models": ["juge"]', "unknown-model", "did you mean `judge`?"),
        ('"k", "team_id": "a"', '"k", "team_id": "c"', "unknown-team", "no team is called 'c'"),
        ('"from": "KEY"', '"from": "A_KEY"', "missing-environment", "has no variable A_KEY"),
    ],
)
def test_a_tenant_of_nothing_is_found(follow: Any, old: str, new: str, rule: str, says: str) -> None:
    """Teams and keys name models of the gateway, each other, and variables of the job that makes them."""
    assert old in TENANTS

    problems = follow(TENANTS.replace(old, new, 1)).problems

    assert list(problems) == [rule]
    assert says in problems[rule][0]


def test_without_a_gateway_nobody_knows_its_models(follow: Any) -> None:
    """Teams alone are not judged."""
    assert follow(f"{TEAMS}---\n{REST}").problems == {}


@pytest.mark.parametrize(
    ("served", "fits"),
    [
        ("args: [--served-model-name, other, qwen3-4b, --port, '8000']", True),
        ("args: [--served-model-name, other, --port, '8000', qwen3-4b]", False),
        ("args: ['vllm serve /models/x --served-model-name=qwen3-4b']", True),
        ("command: [vllm, --model=qwen3-4b]", True),
        ("args: [--model=qwen3-4b, --served-model-name=other]", False),
        ("args: [--served-model-name=$(NAME)]", True),  # nobody knows before it runs
    ],
)
def test_a_servers_arguments_say_what_it_serves(follow: Any, served: str, *, fits: bool) -> None:
    """In each way in which vLLM takes them; without a name of its own a model is served as what it was loaded from."""
    problems = follow(GATEWAY.replace("args: [--served-model-name=qwen3-4b]", served)).problems

    assert bool(problems) is not fits


@pytest.mark.parametrize(
    ("source", "fits"),
    [
        ("envFrom: [{secretRef: {name: keys}}]", True),
        ("envFrom: [{secretRef: {name: keys}, prefix: A_}]", False),
        ("envFrom: [{secretRef: {name: unknown}}]", True),
        ("env: []", False),
    ],
)
def test_variables_can_come_from_a_secret(follow: Any, source: str, *, fits: bool) -> None:
    """All of its keys are variables; of an unknown one nothing is said here."""
    secret = "{apiVersion: v1, kind: Secret, metadata: {name: keys, namespace: shop}, stringData: {KEY: x}}"
    text = GATEWAY.replace("env: [{name: KEY, value: x}]", source)

    assert bool(follow(f"{text}---\n{secret}\n").problems["missing-environment"]) is not fits


def test_rays_applications_say_what_they_serve(broken: Any) -> None:
    """KubeRay makes the Service; the name of the model stands in the text of its configuration."""

    def renamed(body: dict[str, Any]) -> None:
        body["spec"]["serveConfigV2"] = body["spec"]["serveConfigV2"].replace("model: arctic", "model: antarctic")

    found = broken("RayService", "arctic-embed-s", renamed, cluster="prod-us-east-1")

    assert "references/model-not-served" in {one.rule for one in found}
