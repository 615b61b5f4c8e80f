"""KubeRay: there where Ray serves a model, watching the models' namespace and no other."""

from __future__ import annotations

from typing import Any

from groundwork.components.serving.kuberay import Kuberay


def test_it_is_carried_where_ray_serves_a_model(site: Any) -> None:
    """The plain llama.cpp server needs no operator."""
    assert Kuberay.carried(site("prod-us-east-1"))
    assert not Kuberay.carried(site("dev-us-east-1"))


def test_it_watches_the_models_namespace_only(render: Any, site: Any) -> None:
    """Tenants cannot have it run pods for them."""
    (chart,) = render(Kuberay, site("prod-us-east-1")).charts

    assert chart.values["watchNamespace"] == ["ai-inference"]
    assert chart.values["replicas"] == 2


def test_it_asks_each_head_what_it_serves(render: Any, site: Any) -> None:
    """Without this path a RayService never becomes ready."""
    flows = render(Kuberay, site("prod-us-east-1")).flows

    assert any(
        flow.port == 8265 and dict(flow.target.labels).get("app.kubernetes.io/name") == "arctic-embed-s-head"
        for flow in flows
    )
