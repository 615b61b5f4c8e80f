"""Offers: whichever gateway a cluster declares, callers see the same names and meet the same limits."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
import yaml

from groundwork.components.gateway.bifrost import Bifrost
from groundwork.components.gateway.litellm import Litellm
from groundwork.components.gateway.offers import Cascade, Offer, Share, allowed, cascade, offers, shares
from groundwork.fleet.callers import callers
from groundwork.fleet.site import Site
from groundwork.proofs.edges.model_lists import bifrost_names, litellm_aliases, litellm_names


@pytest.fixture
def large(site: Any) -> Site:
    """A large and a small model, in two roles."""
    one: Site = site("prod-us-east-2")
    return one


def test_a_model_falls_back_to_smaller_ones(large: Site) -> None:
    """A role does as its model does."""
    named = {one.name: one for one in offers(large)}

    assert named["reasoning"] == Offer(name="reasoning", model="glm-5-fp8", fallbacks=("qwen3-4b",))
    assert named["qwen3-4b"].fallbacks == ()


def test_what_sleeps_stands_in_for_nobody(large: Site) -> None:
    """A caller who waits for one model is not helped by another that has to load first."""
    assert next(one for one in large.models if one.name == "glm-46").replicas.min == 0
    assert all("glm-46" not in one.fallbacks for one in offers(large))


def test_an_adapter_is_offered_under_its_own_name(large: Site) -> None:
    """To those whose declaration names it: it was made from somebody's data."""
    assert Offer(name="support-tone", model="support-tone") in offers(large)
    opened = {one.name: allowed(large, one) for one in callers(large)}
    assert "support-tone" in opened["tenant-team-b"]
    assert "support-tone" not in opened["tenant-team-a"]


def test_the_cascade_needs_two_models(large: Site) -> None:
    """Where one model fills both roles there is nothing to choose."""
    same = large.cluster.model_copy(update={"roles": {"fast": "qwen3-4b", "reasoning": "qwen3-4b"}})

    assert cascade(large) == Cascade(small="qwen3-4b", large="glm-5-fp8")
    assert cascade(dataclasses.replace(large, cluster=same)) is None


def test_only_who_may_call_both_models_may_leave_the_choice(large: Site) -> None:
    """Else the cascade would be a way around the list of models."""
    names = {caller.name: allowed(large, caller) for caller in callers(large)}

    assert names["tenant-team-b"] == ("glm-5-fp8", "qwen3-4b", "support-tone", "fast", "reasoning", "auto")
    assert names["tenant-team-a"] == ("qwen3-4b", "fast")


def test_a_canary_answers_its_part_and_at_last_everything(site: Any) -> None:
    """Callers keep the name that they ask for."""
    one: Site = site("prod-us-east-1")

    assert shares(one, "qwen3-14b") == (Share(model="qwen3-14b", percent=100),)
    assert shares(one, "qwen3-4b") == (
        Share(model="qwen3-4b", percent=80),
        Share(model="qwen3-4b-2507", percent=20),
    )
    declared = one.cluster.models["qwen3-4b"]
    assert declared.canary
    everything = declared.model_copy(update={"canary": declared.canary.model_copy(update={"percent": 100})})
    moved = one.cluster.model_copy(update={"models": one.cluster.models | {"qwen3-4b": everything}})
    assert shares(dataclasses.replace(one, cluster=moved), "qwen3-4b") == (Share(model="qwen3-4b-2507", percent=100),)


def with_gateway(site: Site, name: str) -> Site:
    """The same cluster with another model gateway."""
    gateway = site.cluster.gateway.model_copy(update={"models": name})
    return dataclasses.replace(site, cluster=site.cluster.model_copy(update={"gateway": gateway}))


@pytest.fixture(params=["dev-us-east-1", "prod-us-east-1", "prod-us-east-2"])
def both(request: pytest.FixtureRequest, render: Any, site: Any, find: Any) -> tuple[Site, Any, Any, Any, int]:
    """A cluster; LiteLLM's configuration and its teams and keys; Bifrost's configuration and its number of pods."""
    one: Site = site(request.param)
    litellm = render(Litellm, with_gateway(one, "litellm"))
    bifrost = render(Bifrost, with_gateway(one, "bifrost"))
    return (
        one,
        yaml.safe_load(find(litellm, "ConfigMap", "litellm")["data"]["config.yaml"]),
        json.loads(find(litellm, "ConfigMap", "litellm-tenants")["data"]["tenants.json"]),
        json.loads(find(bifrost, "ConfigMap", "bifrost")["data"]["config.json"]),
        find(bifrost, "Deployment", "bifrost")["spec"]["replicas"],
    )


def test_both_offer_the_same_names(both: tuple[Site, Any, Any, Any, int]) -> None:
    """Models, roles and the cascade."""
    _, litellm, _, bifrost, _ = both

    assert litellm_names(litellm) | set(litellm_aliases(litellm)) == bifrost_names(bifrost)


def test_both_open_the_same_names_to_the_same_callers(both: tuple[Site, Any, Any, Any, int]) -> None:
    """LiteLLM's keys list what they open; Bifrost's list models, and every other name leads to models."""
    one, litellm, declared, bifrost, _ = both
    aliases = litellm_aliases(litellm)

    opened = {
        key["key_alias"]: {*key["models"], *(role for role, model in aliases.items() if model in key["models"])}
        for key in declared["keys"]
    }
    models = {
        key["name"]: set(key["provider_configs"][0]["allowed_models"]) for key in bifrost["governance"]["virtual_keys"]
    }
    assert opened == {caller.name: set(allowed(one, caller)) for caller in callers(one)}
    assert models == {caller.name: set(caller.models) for caller in callers(one)}


def test_both_set_the_same_limits(both: tuple[Site, Any, Any, Any, int]) -> None:
    """Bifrost's pods do not know of one another: the shares of all of them are the limit."""
    _, _, declared, bifrost, pods = both
    governance = bifrost["governance"]

    money = {team["team_id"]: team["max_budget"] for team in declared["teams"]}
    tokens = {team["team_id"]: team["tpm_limit"] for team in declared["teams"]}
    assert money == {one["virtual_key_id"]: one["max_limit"] * pods for one in governance["budgets"]}
    assert tokens == {one["id"]: one["token_max_limit"] * pods for one in governance["rate_limits"]}
    assert {one["reset_duration"] for one in governance["budgets"]} <= {"1M"}
    assert {one["token_reset_duration"] for one in governance["rate_limits"]} <= {"1d"}


def test_both_count_the_same_prices(render: Any, site: Any, find: Any) -> None:
    """A budget buys as much behind either."""
    one = site("prod-us-east-1")
    litellm = yaml.safe_load(
        find(render(Litellm, with_gateway(one, "litellm")), "ConfigMap", "litellm")["data"]["config.yaml"]
    )
    bifrost = json.loads(
        find(render(Bifrost, with_gateway(one, "bifrost")), "ConfigMap", "bifrost")["data"]["prices.json"]
    )

    prices = {
        f"vllm/{entry['model_name']}": entry["model_info"].get("output_cost_per_token", 0)
        for entry in litellm["model_list"]
        if "api_base" in entry["litellm_params"]
    }
    assert prices == {name: entry["output_cost_per_token"] for name, entry in bifrost.items()}


def test_both_give_a_canary_its_part(render: Any, site: Any, find: Any) -> None:
    """Two servers of one name, 80 to 20, under every name that leads to the model."""
    one: Site = site("prod-us-east-1")
    litellm = yaml.safe_load(
        find(render(Litellm, with_gateway(one, "litellm")), "ConfigMap", "litellm")["data"]["config.yaml"]
    )
    bifrost = json.loads(
        find(render(Bifrost, with_gateway(one, "bifrost")), "ConfigMap", "bifrost")["data"]["config.json"]
    )

    entries = [one["litellm_params"] for one in litellm["model_list"] if one["model_name"] == "qwen3-4b"]
    rules = {one["id"]: one for one in bifrost["governance"]["routing_rules"]}
    assert [(one["model"], one["weight"]) for one in entries] == [
        ("hosted_vllm/qwen3-4b", 80),
        ("hosted_vllm/qwen3-4b-2507", 20),
    ]
    assert litellm["router_settings"]["model_group_alias"]["fast"] == "qwen3-4b"
    for name in ("qwen3-4b", "fast", "auto-easy"):
        targets = rules[name]["targets"]
        assert [(one["model"], one["weight"]) for one in targets] == [("qwen3-4b", 0.8), ("qwen3-4b-2507", 0.2)]
    ids = [one["model_info"]["id"] for one in litellm["model_list"]]
    assert len(ids) == len(set(ids))
