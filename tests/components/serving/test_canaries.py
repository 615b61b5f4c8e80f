"""Canaries: both versions are served, the gateway splits, and somebody looks at the difference."""

from __future__ import annotations

import dataclasses
from typing import Any

from groundwork.components.serving.canaries import Canaries
from groundwork.components.serving.vllm import Vllm
from groundwork.fleet.canary import Canary
from groundwork.fleet.model import ModelOverride
from groundwork.fleet.site import Site


def with_canary(site: Site, name: str, canary: Canary | None) -> Site:
    """The same cluster with another canary for a model."""
    models = site.cluster.models | {name: site.cluster.models[name].model_copy(update={"canary": canary})}
    return dataclasses.replace(site, cluster=site.cluster.model_copy(update={"models": models}))


def rules(rendering: Any, find: Any) -> dict[str, str]:
    """Alerts by name, with what they ask."""
    (group,) = find(rendering, "PrometheusRule", "canaries")["spec"]["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


def test_both_versions_are_served(render: Any, site: Any, find: Any) -> None:
    """Each by a server of its own: the weights, and with them a way back, stay where they are."""
    rendering = render(Vllm, site("prod-us-east-1"))

    for name in ("qwen3-4b", "qwen3-4b-2507"):
        assert find(rendering, "Deployment", name)


def test_the_canary_is_compared_with_what_it_is_to_replace(render: Any, site: Any, find: Any) -> None:
    """Failures at the gateway, by deployment; the first token at the servers, by model."""
    asked = rules(render(Canaries, site("prod-us-east-1")), find)

    old, new = asked["CanaryFails"].rsplit(" - ", 1)[::-1]
    assert 'model_id="qwen3-4b.qwen3-4b-2507"' in new
    assert 'model_id="qwen3-4b.qwen3-4b"' in old
    assert asked["CanarySlower"].index('model_name="qwen3-4b-2507"') < asked["CanarySlower"].index('"qwen3-4b"')


def test_with_everything_moved_there_is_nothing_to_compare_with(render: Any, site: Any, find: Any) -> None:
    """Failures alone are left: nobody asks the old version any more."""
    all_of_it = Canary(model="qwen3-4b-2507", percent=100)

    asked = rules(render(Canaries, with_canary(site("prod-us-east-1"), "qwen3-4b", all_of_it)), find)

    assert set(asked) == {"CanaryFails"}
    assert '"qwen3-4b.qwen3-4b"' not in asked["CanaryFails"]


def test_a_cluster_without_a_canary_carries_nothing(site: Any) -> None:
    """Promotion and retreat end alike: the line goes."""
    assert not Canaries.carried(site("prod-us-east-2"))
    assert not Canaries.carried(with_canary(site("prod-us-east-1"), "qwen3-4b", None))


def test_a_canary_is_no_setting_of_the_model() -> None:
    """What the cluster says of the model's replicas and length is still all that it says of the model."""
    declared = ModelOverride(context=8192, canary=Canary(model="other", percent=5))

    assert declared.model_dump(exclude_none=True) == {"context": 8192}
