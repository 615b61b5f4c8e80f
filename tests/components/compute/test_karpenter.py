"""Karpenter: runs on nodes that it did not buy."""

from __future__ import annotations

from typing import Any

from groundwork.components.compute.karpenter import Karpenter


def test_karpenter_stands_on_the_managed_node_group(render: Any, site: Any) -> None:
    """On a node of its own it would have to buy it first."""
    values = next(
        chart.values for chart in render(Karpenter, site("prod-us-east-2")).charts if chart.chart == "karpenter"
    )

    assert values["nodeSelector"] == {"eks.amazonaws.com/nodegroup": "system"}
    assert values["settings"]["interruptionQueue"] == "prod-us-east-2"


def test_without_a_price_endpoint_karpenter_does_not_wait_for_prices(render: Any, site: Any) -> None:
    """us-east-2 has none, and nothing else leads out."""
    values = next(
        chart.values for chart in render(Karpenter, site("prod-us-east-2")).charts if chart.chart == "karpenter"
    )

    assert values["settings"]["isolatedVPC"] is True


def test_auto_mode_carries_no_karpenter_of_ours(site: Any) -> None:
    """AWS runs it there."""
    assert not Karpenter.carried(site("prod-us-east-1"))
