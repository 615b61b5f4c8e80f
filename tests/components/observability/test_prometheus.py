"""Prometheus: sees every monitor, reaches every target, keeps nothing for long."""

from __future__ import annotations

from typing import Any

from groundwork.components.observability.prometheus import Prometheus


def test_every_monitor_of_every_namespace_counts(render: Any, site: Any, find: Any) -> None:
    """An absent selector selects nothing; an empty one selects all (playbook finding 17)."""
    spec = find(render(Prometheus, site("prod-us-east-1")), "Prometheus", "prometheus")["spec"]

    for kind in ("serviceMonitor", "podMonitor", "rule"):
        assert spec[f"{kind}Selector"] == {}
        assert spec[f"{kind}NamespaceSelector"] == {}


def test_an_unknown_workspace_is_a_placeholder_that_can_be_found(render: Any, site: Any, find: Any) -> None:
    """AWS chooses the id; until it is written back, `check --production` lists it."""
    (remote,) = find(render(Prometheus, site("prod-us-east-1")), "Prometheus", "prometheus")["spec"]["remoteWrite"]

    assert "/workspaces/PLACEHOLDER-prometheus-workspace/" in remote["url"]
    assert remote["sigv4"] == {"region": "us-east-1"}


def test_w15_alerts_name_series_that_vllm_has(render: Any, site: Any, find: Any) -> None:
    """Colons, and a ratio below one (playbook findings 16 and 17)."""
    rule = find(render(Prometheus, site("prod-us-east-1")), "PrometheusRule", "prometheus")

    expressions = {one["alert"]: one["expr"] for one in rule["spec"]["groups"][0]["rules"]}
    assert expressions["ModelCacheFull"] == "max by (model_name) (vllm:kv_cache_usage_perc) > 0.95"


def test_its_pods_may_write_to_the_workspace_and_do_nothing_else(render: Any, site: Any, find: Any) -> None:
    """One action of one service."""
    role = find(render(Prometheus, site("prod-us-east-1")), "Role", "prometheus")

    assert role["spec"]["inlinePolicies"]["access"].count("aps:") == 2  # the action and the resource
    assert "aps:RemoteWrite" in role["spec"]["inlinePolicies"]["access"]


def test_amp_can_tell_the_two_servers_samples_are_one(render: Any, site: Any, find: Any) -> None:
    """It keeps one of two only by the labels `cluster` and `__replica__`; otherwise all is stored and paid twice."""
    spec = find(render(Prometheus, site("prod-us-east-1")), "Prometheus", "prometheus")["spec"]

    assert spec["externalLabels"] == {"cluster": "prod-us-east-1"}
    assert spec["replicaExternalLabelName"] == "__replica__"


def test_prometheus_scrapes_itself(render: Any, site: Any, find: Any) -> None:
    """Without it the alert on failing remote writes has no series and never fires."""
    rendering = render(Prometheus, site("prod-us-east-1"))

    labels = find(rendering, "ServiceMonitor", "prometheus")["spec"]["selector"]["matchLabels"]
    assert labels.items() <= find(rendering, "Service", "prometheus")["metadata"]["labels"].items()
    assert any(flow.source == flow.target and flow.port == 9090 for flow in rendering.flows)
