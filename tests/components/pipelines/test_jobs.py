"""Pipelines: scheduled, bounded, and without rights that they did not declare."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from groundwork.components.pipelines.jobs import Jobs
from groundwork.fleet.pipeline import Pipeline


@pytest.fixture
def nightly(site: Any) -> Any:
    """A cluster that carries one pipeline."""
    pipeline = Pipeline.model_validate(
        {
            "name": "nightly-evaluation",
            "description": "Scores yesterday's answers.",
            "image": "web-search",
            "schedule": "0 6 * * *",
            "timeoutMinutes": 90,
            "resources": {"cpu": "2", "memory": "4Gi"},
            "models": ["reasoning"],
        }
    )
    return dataclasses.replace(site("prod-us-east-1"), pipelines=(pipeline,))


def test_a_pipeline_is_a_bounded_cronjob(render: Any, nightly: Any, find: Any) -> None:
    """One run at a time, in UTC, stopped when it takes too long."""
    spec = find(render(Jobs, nightly), "CronJob", "nightly-evaluation")["spec"]

    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("0 6 * * *", "Etc/UTC", "Forbid")
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 5400


def test_a_pipeline_calls_models_by_role_through_the_gateway(render: Any, nightly: Any, find: Any) -> None:
    """The role's model is in its environment, and the way to LiteLLM is open for it."""
    rendering = render(Jobs, nightly)

    pod = find(rendering, "CronJob", "nightly-evaluation")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    env = {one["name"]: one.get("value") for one in pod["containers"][0]["env"]}
    assert env["MODEL_REASONING"] == "qwen3-14b"
    assert env["OPENAI_BASE_URL"] == "http://litellm.ai-gateway.svc:4000/v1"
    assert {dict(flow.target.labels).get("app.kubernetes.io/name") for flow in rendering.flows} == {"litellm"}
