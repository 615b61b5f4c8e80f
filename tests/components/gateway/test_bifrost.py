"""Bifrost: one file, made of what the cluster carries; nothing that pods would have to share."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundwork.components.gateway.bifrost import Bifrost
from groundwork.kube.rendering import Rendering


@pytest.fixture(scope="module")
def rendering(render: Any, site: Any) -> Rendering:
    """Bifrost in prod-us-east-2."""
    rendered: Rendering = render(Bifrost, site("prod-us-east-2"))
    return rendered


@pytest.fixture(scope="module")
def configuration(rendering: Rendering, find: Any) -> Any:
    """Its file."""
    return json.loads(find(rendering, "ConfigMap", "bifrost")["data"]["config.json"])


def test_each_model_is_asked_at_its_own_server_under_its_own_name(configuration: Any) -> None:
    """Servers stand on private addresses, which Bifrost refuses unless told."""
    servers = {key["name"]: key["vllm_key_config"] for key in configuration["providers"]["vllm"]["keys"]}

    assert servers["qwen3-4b"] == {"url": "http://inference.ai-inference.svc:8080/qwen3-4b", "model_name": "qwen3-4b"}
    assert sorted(servers) == ["glm-46", "glm-5-fp8", "qwen3-4b", "support-tone"]
    assert configuration["providers"]["vllm"]["network_config"]["allow_private_network"] is True


def test_roles_and_models_fall_back_to_smaller_ones(configuration: Any) -> None:
    """The first rule that matches a name says what answers, and what answers when that does not."""
    rules = {rule["name"]: rule for rule in configuration["governance"]["routing_rules"]}

    assert rules["reasoning"]["cel_expression"] == 'model == "reasoning"'
    assert rules["reasoning"]["targets"] == [{"provider": "vllm", "model": "glm-5-fp8", "weight": 1}]
    assert rules["reasoning"]["fallbacks"] == rules["glm-5-fp8"]["fallbacks"] == ["vllm/qwen3-4b"]
    assert rules["fast"]["fallbacks"] == []


def test_hard_requests_climb_to_the_large_model(configuration: Any) -> None:
    """What is asked of `auto` and is not found hard stays with the small model: the rule without a condition comes last."""
    hard, easy = configuration["governance"]["routing_rules"][-2:]

    assert hard["cel_expression"] == 'model == "auto" && complexity_tier in ["COMPLEX", "REASONING"]'
    assert (hard["targets"][0]["model"], easy["targets"][0]["model"]) == ("glm-5-fp8", "qwen3-4b")
    assert hard["priority"] < easy["priority"]


def test_nobody_calls_a_model_without_a_key(configuration: Any) -> None:
    """A key opens the models of its caller, no others."""
    assert configuration["client"]["enforce_auth_on_inference"] is True
    allowed = {
        key["name"]: key["provider_configs"][0]["allowed_models"] for key in configuration["governance"]["virtual_keys"]
    }
    assert allowed["tenant-team-a"] == ["qwen3-4b"]
    assert allowed["agent-web-research"] == ["glm-5-fp8"]


def test_w1_keys_are_names_of_variables(configuration: Any, rendering: Rendering, find: Any) -> None:
    """The file holds no secret; each variable comes from Secrets Manager (weakness W1)."""
    keys = {key["name"]: key["value"] for key in configuration["governance"]["virtual_keys"]}

    container = find(rendering, "Deployment", "bifrost")["spec"]["template"]["spec"]["containers"][0]
    secrets = {one["name"]: one["valueFrom"]["secretKeyRef"]["name"] for one in container["env"] if "valueFrom" in one}
    assert keys["tenant-team-b"] == "env.KEY_TENANT_TEAM_B"
    assert secrets["KEY_TENANT_TEAM_B"] == "bifrost-model-key-tenant-team-b"
    assert configuration["governance"]["auth_config"]["admin_password"] == "env.BIFROST_ADMIN_PASSWORD"


def test_pods_share_no_database(configuration: Any, rendering: Rendering, find: Any) -> None:
    """Each has one of its own, in memory, filled from the file at every start; logs are traces in Langfuse."""
    spec = find(rendering, "Deployment", "bifrost")["spec"]

    data = next(one for one in spec["template"]["spec"]["volumes"] if one["name"] == "data")
    assert data["emptyDir"]["medium"] == "Memory"
    assert spec["replicas"] == 2
    assert configuration["config_store"]["config"]["path"] == "/app/data/config.db"
    assert configuration["source_of_truth"] == "config.json"
    assert configuration["logs_store"] == {"enabled": False}


def test_nothing_is_fetched_at_the_start(configuration: Any) -> None:
    """Prices are ours, and stand beside the file."""
    pricing = configuration["framework"]["pricing"]

    assert all(url.startswith("file:///etc/groundwork/") for url in pricing.values())


def test_traces_go_to_langfuse_with_the_projects_keys(rendering: Rendering, configuration: Any, find: Any) -> None:
    """Its OTLP endpoint takes them with basic authentication."""
    (plugin,) = configuration["plugins"]

    assert plugin["config"]["collector_url"].endswith(":3000/api/public/otel/v1/traces")
    external = find(rendering, "ExternalSecret", "bifrost-langfuse")
    assert "b64enc" in external["spec"]["target"]["template"]["data"]["authorization"]
