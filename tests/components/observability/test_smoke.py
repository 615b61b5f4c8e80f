"""The smoke test: what it asks follows from what the cluster carries."""

from __future__ import annotations

import json
from typing import Any

from groundwork.components.observability.smoke import Smoke


def asked(rendering: Any, find: Any) -> Any:
    """What the script is given."""
    return json.loads(find(rendering, "ConfigMap", "smoke")["data"]["asked.json"])


def test_every_model_is_listed_and_only_those_awake_are_asked(render: Any, site: Any, find: Any) -> None:
    """Development has one that scales to zero."""
    dev = asked(render(Smoke, site("dev-us-east-1")), find)

    assert "qwen3-4b" in dev["models"]
    assert "qwen3-4b" in dev["asleep"]
    assert "qwen3-4b" not in dev["answering"]


def test_a_model_that_embeds_is_asked_for_a_vector(render: Any, site: Any, find: Any) -> None:
    """Of the length that its file declares."""
    dev = asked(render(Smoke, site("dev-us-east-1")), find)

    assert {"arctic-embed-s": 384} == dev["embedding"]


def test_an_agent_whose_model_sleeps_is_left_alone(render: Any, site: Any, find: Any) -> None:
    """Where one is awake, the simplest is asked, by way of kagent."""
    dev, production = render(Smoke, site("dev-us-east-1")), render(Smoke, site("prod-us-east-2"))

    assert asked(dev, find)["agent"] is None
    assert "/ai-agents/customer-support" == asked(production, find)["agent"]
    env = find(production, "Job", "smoke")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "AGENTS_URL", "value": "http://kagent-controller.kagent.svc:8083/api/a2a"} in env


def test_it_runs_after_each_sync_and_stays_for_whoever_asks_why(render: Any, site: Any, find: Any) -> None:
    """The Job of the last sync is deleted when the next begins."""
    job = find(render(Smoke, site("prod-us-east-2")), "Job", "smoke")

    assert {
        "argocd.argoproj.io/hook": "PostSync",
        "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
    } == job["metadata"]["annotations"]
    assert job["spec"]["activeDeadlineSeconds"] > 2400


def test_it_reaches_three_systems_and_nothing_else(render: Any, site: Any) -> None:
    """Not the models, not the internet, not the API server."""
    rendering = render(Smoke, site("prod-us-east-2"))

    assert {"model-gateway", "kagent-controller", "langfuse-web"} == {flow.reason for flow in rendering.flows}


def test_a_bump_of_what_answers_runs_it_again(render: Any, site: Any, find: Any) -> None:
    """Argo CD syncs an Application when its manifests change: versions are among them."""
    stable, newest = (
        asked(render(Smoke, site(name)), find)["versions"] for name in ("prod-us-east-1", "dev-us-east-1")
    )

    assert stable.keys() == newest.keys()
    assert stable["litellm"] != newest["litellm"]


def test_the_gateway_is_asked_whichever_it_is(render: Any, site: Any, find: Any) -> None:
    """One that cannot be told to use no other model is known by whose answer it is."""
    options = {name: asked(render(Smoke, site(name)), find)["options"] for name in ("prod-us-east-1", "prod-us-east-2")}

    assert {"prod-us-east-1": {"disable_fallbacks": True}, "prod-us-east-2": {}} == options
