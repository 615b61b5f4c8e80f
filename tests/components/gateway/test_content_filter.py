"""Content filter: on where a cluster says so, for every request."""

from __future__ import annotations

from typing import Any

import yaml

from groundwork.components.gateway.content_filter import guardrails
from groundwork.components.gateway.litellm import Litellm


def test_a_caller_cannot_leave_it_out(site: Any) -> None:
    """Guardrails that are not on by default run only for those who ask for them."""
    found = guardrails(site("prod-us-east-1"))

    assert [one["guardrail_name"] for one in found] == ["personal-data", "credentials", "prompt-injection"]
    assert all(one["litellm_params"]["default_on"] and one["litellm_params"]["mode"] == "pre_call" for one in found)


def test_personal_data_is_masked_and_keys_are_refused(site: Any) -> None:
    """A model answers as well about a placeholder; a key that was sent has to be changed, so its sender must know."""
    personal, credentials, attempts = (one["litellm_params"] for one in guardrails(site("prod-us-east-1")))

    assert {one["action"] for one in personal["patterns"]} == {"MASK"}
    assert {one["action"] for one in credentials["patterns"]} == {"BLOCK"}
    assert {one["action"] for one in attempts["categories"]} == {"BLOCK"}


def test_it_stands_in_litellms_file_where_the_cluster_says_so(render: Any, site: Any, find: Any) -> None:
    """Behind a load balancer it is the only one that reads bodies; behind kgateway the edge's guardrail does."""

    def named(cluster: str) -> list[str]:
        data = find(render(Litellm, site(cluster)), "ConfigMap", "litellm")["data"]
        return [one["guardrail_name"] for one in yaml.safe_load(data["config.yaml"]).get("guardrails", [])]

    assert len(named("prod-us-east-1")) == 3
    assert named("dev-us-east-1") == []
