"""ACK: a controller for what is made, and AWS resources survive the deletion of their objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cdk8s
import pytest

from groundwork.components.foundation.ack import Ack
from groundwork.fleet.site import Site
from groundwork.kube.ack import AwsKind
from groundwork.kube.rendering import ChartRelease, Rendering
from groundwork.render.cluster import carried, directory_of

MADE = (AwsKind("iam", "Role"), AwsKind("kms", "Alias"), AwsKind("kms", "Key"), AwsKind("s3", "Bucket"))


@pytest.fixture
def rendering(site: Callable[[str], Site]) -> Rendering:
    """ACK in a cluster whose other components make a few kinds."""
    production = site("prod-us-east-1")
    directory = directory_of(carried(production))
    directory.aws_kinds = MADE
    return Ack(production).synthesize(cdk8s.App(), directory)


@pytest.fixture
def charts(rendering: Rendering) -> dict[str, ChartRelease]:
    """Its charts, by name."""
    return {chart.chart: chart for chart in rendering.charts}


def test_there_is_a_controller_for_each_service_in_use(charts: dict[str, ChartRelease]) -> None:
    """And it looks after the kinds that somebody makes: the others cannot be used by whoever may write objects."""
    assert {name: chart.values["reconcile"] for name, chart in charts.items()} == {
        "iam-chart": {"resources": ["Role"]},
        "kms-chart": {"resources": ["Alias", "Key"]},
        "s3-chart": {"resources": ["Bucket"]},
    }


def test_a_service_without_a_chart_is_named(site: Callable[[str], Site]) -> None:
    """Whoever makes the first resource of a service is told what is missing."""
    directory = directory_of([])
    directory.aws_kinds = (AwsKind("sns", "Topic"),)

    with pytest.raises(LookupError, match="sns-chart"):
        Ack(site("prod-us-east-1")).synthesize(cdk8s.App(), directory)


def test_deleting_an_object_keeps_the_aws_resource(charts: dict[str, ChartRelease]) -> None:
    """A bucket must not go with a manifest."""
    assert all(chart.values["deletionPolicy"] == "retain" for chart in charts.values())


def test_controllers_are_scraped(rendering: Rendering, find: Any) -> None:
    """The alert asks for their series, and no chart of theirs brings a monitor."""
    (selected,) = find(rendering, "PodMonitor", "ack")["spec"]["selector"]["matchExpressions"]

    assert selected["values"] == ["iam-chart", "kms-chart", "s3-chart"]


def test_controllers_reach_the_endpoint_of_their_service(rendering: Rendering) -> None:
    """Each of these gets a VPC endpoint."""
    assert rendering.aws_services == ["iam", "kms", "s3"]
