"""LiteLLM: its configuration follows from what the cluster carries."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from groundwork.components.gateway.litellm import Litellm


@pytest.fixture(scope="module")
def configuration(render: Any, site: Any, find: Any) -> Any:
    """The proxy's configuration in prod-us-east-1."""
    return yaml.safe_load(find(render(Litellm, site("prod-us-east-1")), "ConfigMap", "litellm")["data"]["config.yaml"])


def test_the_model_list_is_what_the_cluster_carries(configuration: Any) -> None:
    """Every carried model is there, at its Service's address, under the name that the server answers to."""
    entries = {entry["model_name"]: entry["litellm_params"] for entry in configuration["model_list"]}

    assert list(entries) == [
        *("arctic-embed-s", "llama31-8b", "qwen25-vl-7b", "qwen3-14b", "qwen3-4b", "qwen3-4b-2507"),
        *("claude-sonnet", "auto"),
    ]
    assert entries["qwen3-14b"]["model"] == "hosted_vllm/qwen3-14b"
    assert entries["qwen3-14b"]["api_base"] == "http://qwen3-14b.ai-inference.svc:8000/v1"


def test_w18_roles_are_aliases_and_fallbacks_go_from_large_to_small(configuration: Any) -> None:
    """A model that is down is replaced by the next smaller one (weakness W18)."""
    router = configuration["router_settings"]

    assert router["model_group_alias"] == {
        "embedding": "arctic-embed-s",
        "fast": "qwen3-4b",
        "judge": "claude-sonnet",
        "reasoning": "qwen3-14b",
        "vision": "qwen25-vl-7b",
    }
    assert router["fallbacks"] == [{"llama31-8b": ["qwen3-4b"]}, {"qwen3-14b": ["llama31-8b", "qwen3-4b"]}]


def test_hard_requests_climb_to_the_large_model(configuration: Any) -> None:
    """What is asked of `auto` is weighed by its words; only who may call both models may ask."""
    entry = next(one for one in configuration["model_list"] if one["model_name"] == "auto")

    assert entry["litellm_params"]["model"] == "auto_router/complexity_router"
    assert entry["litellm_params"]["complexity_router_config"]["tiers"] == {
        "SIMPLE": "qwen3-4b",
        "MEDIUM": "qwen3-4b",
        "COMPLEX": "qwen3-14b",
        "REASONING": "qwen3-14b",
    }


def test_what_cannot_do_as_much_stands_in_for_nobody(render: Any, site: Any, find: Any) -> None:
    """A fallback without eyes drops the images, one without tools the agent's work; vectors of two models do not compare."""
    for cluster in ("dev-us-east-1", "prod-us-east-1"):
        models = {model.name: model for model in site(cluster).models}
        data = find(render(Litellm, site(cluster)), "ConfigMap", "litellm")["data"]["config.yaml"]
        for entry in yaml.safe_load(data)["router_settings"]["fallbacks"]:
            for name, others in entry.items():
                assert not models[name].embeds
                for other in (models[one] for one in others):
                    assert not other.embeds
                    assert other.images >= min(models[name].images, 1)
                    assert other.calls_tools or not models[name].calls_tools


def test_callers_learn_what_a_model_is_for(configuration: Any, render: Any, site: Any, find: Any) -> None:
    """The gateway routes by these: vectors, images, tools."""
    about = {one["model_name"]: one["model_info"] for one in configuration["model_list"]}
    assert about["qwen25-vl-7b"]["supports_vision"] is True
    assert about["qwen3-14b"]["supports_vision"] is False

    dev = find(render(Litellm, site("dev-us-east-1")), "ConfigMap", "litellm")["data"]["config.yaml"]
    about = {one["model_name"]: one["model_info"] for one in yaml.safe_load(dev)["model_list"]}
    assert (about["arctic-embed-s"]["mode"], about["arctic-embed-s"]["output_vector_size"]) == ("embedding", 384)
    assert about["qwen3-1-7b"]["supports_function_calling"] is True


def test_w1_no_secret_stands_in_the_configuration(configuration: Any) -> None:
    """Keys and passwords are names of variables (weakness W1)."""
    assert configuration["general_settings"]["master_key"] == "os.environ/LITELLM_MASTER_KEY"
    assert configuration["litellm_settings"]["cache_params"]["password"] == "os.environ/REDIS_PASSWORD"


def test_prometheus_may_read_metrics_without_a_key(configuration: Any) -> None:
    """The default answers 401 to every scrape; the NetworkPolicy keeps others away."""
    assert configuration["litellm_settings"]["require_auth_for_metrics_endpoint"] is False


def test_tenants_have_teams_with_budgets_and_keys_of_their_own(render: Any, site: Any, find: Any) -> None:
    """The Job after each sync knows names and limits; keys come from Secrets Manager."""
    rendering = render(Litellm, site("prod-us-east-1"))

    declared = json.loads(find(rendering, "ConfigMap", "litellm-tenants")["data"]["tenants.json"])
    assert [(team["team_id"], team["max_budget"], team["models"]) for team in declared["teams"]] == [
        ("tenant-team-a", 500, ["qwen3-4b", "qwen3-4b-2507"])
    ]
    env = find(rendering, "Job", "litellm-tenants")["spec"]["template"]["spec"]["containers"][0]["env"]
    keys = {
        one["name"]: one["valueFrom"]["secretKeyRef"]["name"] for one in env if one["name"].startswith("KEY_TENANT_")
    }
    assert keys == {
        "KEY_TENANT_TEAM_A": "litellm-model-key-tenant-team-a",
    }


def test_a_canary_runs_the_next_version_beside_the_stable_one(render: Any, site: Any, find: Any) -> None:
    """prod-us-east-1 sends a share of its requests to the version that other clusters try already."""
    rendering = render(Litellm, site("prod-us-east-1"))

    stable, canary = (
        find(rendering, "Deployment", name)["spec"]["template"]["spec"]["containers"][0]["image"]
        for name in ("litellm", "litellm-canary")
    )
    assert stable != canary
    assert stable.rpartition(":")[0] == canary.rpartition(":")[0]


def test_the_newest_version_changes_the_schema_once_before_the_proxies(render: Any, site: Any, find: Any) -> None:
    """Two versions that each bring their schema would undo one another's; every proxy is told to leave it alone."""
    rendering = render(Litellm, site("prod-us-east-1"))

    job, canary = find(rendering, "Job", "litellm-migrations"), find(rendering, "Deployment", "litellm-canary")
    images = [one["spec"]["template"]["spec"]["containers"][0]["image"] for one in (job, canary)]
    waves = [one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"] for one in (job, canary)]
    assert images[0] == images[1]
    assert waves == ["1", "2"]
    assert {"name": "DISABLE_SCHEMA_UPDATE", "value": "true"} in canary["spec"]["template"]["spec"]["containers"][0][
        "env"
    ]


def test_a_tenants_tokens_are_counted_per_day(render: Any, site: Any, find: Any) -> None:
    """A day's limit cut into minutes would refuse every prompt that is longer than such a slice."""
    rendering = render(Litellm, site("prod-us-east-1"))

    (team,) = json.loads(find(rendering, "ConfigMap", "litellm-tenants")["data"]["tenants.json"])["teams"]
    proxy = find(rendering, "Deployment", "litellm")["spec"]["template"]["spec"]["containers"][0]
    assert team["tpm_limit"] == 2_000_000
    assert {"name": "LITELLM_RATE_LIMIT_WINDOW_SIZE", "value": "86400"} in proxy["env"]


def test_bedrocks_models_are_called_by_name_and_no_others(render: Any, site: Any, find: Any) -> None:
    """Through the VPC endpoint, with a role that may invoke what the cluster names (weakness: full access to Bedrock)."""
    rendering = render(Litellm, site("prod-us-east-1"))

    entries = yaml.safe_load(find(rendering, "ConfigMap", "litellm")["data"]["config.yaml"])["model_list"]
    (judge,) = [one["litellm_params"] for one in entries if one["model_name"] == "claude-sonnet"]
    assert (judge["model"], judge["aws_region_name"]) == ("bedrock/us.anthropic.claude-sonnet-4-6", "us-east-1")
    assert "bedrock-runtime" in rendering.aws_services
    (statement,) = json.loads(find(rendering, "Role", "litellm")["spec"]["inlinePolicies"]["access"])["Statement"]
    assert statement["Action"] == ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]
    assert statement["Resource"] == [
        "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6",
        "arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-6",
    ]


def test_without_bedrock_the_proxy_has_no_role(render: Any, site: Any) -> None:
    """What is not declared is not granted."""
    kinds = {made.body["kind"] for made in render(Litellm, site("dev-us-east-1")).objects}

    assert "Role" not in kinds


def test_answers_are_kept_for_those_who_ask_and_apart_for_each_tenant(render: Any, site: Any, find: Any) -> None:
    """The hook stands beside the configuration, where LiteLLM looks for it."""
    data = find(render(Litellm, site("prod-us-east-1")), "ConfigMap", "litellm")["data"]

    settings = yaml.safe_load(data["config.yaml"])["litellm_settings"]
    assert settings["cache_params"]["mode"] == "default_off"
    assert "cache_scope.scope" in settings["callbacks"]
    assert "scope = " in data["cache_scope.py"]
