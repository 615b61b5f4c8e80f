"""ExternalDNS: writes this cluster's names and no others."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.gateway.external_dns import ExternalDns


@pytest.mark.parametrize(
    ("cluster", "source"), [("prod-us-east-1", "ingress"), ("prod-us-east-2", "gateway-httproute")]
)
def test_names_come_from_what_the_edge_serves(render: Any, site: Any, cluster: str, source: str) -> None:
    """Of the other edge's kinds it has no right to read anything."""
    (chart,) = render(ExternalDns, site(cluster)).charts

    assert chart.values["sources"] == [source]


def test_two_clusters_do_not_touch_one_anothers_names(render: Any, site: Any) -> None:
    """Each owns what it wrote, below a domain of its own, in the zone that both share."""
    charts = [render(ExternalDns, site(name)).charts[0] for name in ("prod-us-east-1", "prod-us-east-2")]

    assert [chart.values["txtOwnerId"] for chart in charts] == ["prod-us-east-1", "prod-us-east-2"]
    assert [chart.values["domainFilters"] for chart in charts] == [
        ["prod-us-east-1.ai.example.com"],
        ["prod-us-east-2.ai.example.com"],
    ]
