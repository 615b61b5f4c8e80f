"""External Secrets: one store, for our namespaces."""

from __future__ import annotations

from typing import Any

from groundwork.components.foundation.external_secrets import ExternalSecrets


def test_only_the_platforms_namespaces_may_use_the_store(render: Any, site: Any, find: Any) -> None:
    """A namespace that somebody makes by hand reads nobody's secrets."""
    store = find(render(ExternalSecrets, site("prod-us-east-1")), "ClusterSecretStore", "aws")

    (condition,) = store["spec"]["conditions"]
    assert "tenant-team-a" in condition["namespaces"]
    assert "default" not in condition["namespaces"]


def test_all_three_programs_are_monitored(render: Any, site: Any) -> None:
    """By one value: the chart knows none of that name below `webhook` and `certController`, and would say nothing."""
    (chart,) = render(ExternalSecrets, site("prod-us-east-1")).charts

    assert chart.values["serviceMonitor"]["enabled"] is True
    assert "serviceMonitor" not in {**chart.values["webhook"], **chart.values["certController"]}
