"""ACK: AWS resources survive the deletion of their objects."""

from __future__ import annotations

from typing import Any

from groundwork.components.foundation.ack import Ack


def test_deleting_an_object_keeps_the_aws_resource(render: Any, site: Any) -> None:
    """A bucket must not go with a manifest."""
    charts = render(Ack, site("prod-us-east-1")).charts

    assert {chart.chart for chart in charts} == {"eks-chart", "iam-chart", "prometheusservice-chart", "s3-chart"}
    assert all(chart.values["deletionPolicy"] == "retain" for chart in charts)
