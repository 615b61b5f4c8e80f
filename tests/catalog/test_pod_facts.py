"""Pods that charts and operators make, as their values or fields have them."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.catalog.chart_facts import ChartPods
from groundwork.catalog.operator_facts import MadePods
from groundwork.catalog.pod_facts import PodFacts, pod_facts


def stated(**body: Any) -> PodFacts:
    """Pods of one template."""
    return PodFacts(**pod_facts({"labels": {"app": "a"}, **body}))


def test_what_values_say_is_what_is_made() -> None:
    """A change of our values is a change of the pods."""
    pods = stated(replicas="{replicas}", spec={"nodeSelector": "{where}"})

    assert (pods.resolved({"replicas": 2}).replicas, pods.resolved({"replicas": 0}).replicas) == (2, 0)
    assert pods.resolved({"where": {"a": "b"}}).spec == {"nodeSelector": {"a": "b"}}


@pytest.mark.parametrize("odd", [None, "two", True, 1.5, {}, []])
def test_a_number_that_is_none_counts_as_one(odd: Any) -> None:
    """Whether values have the form that a chart wants is not judged here."""
    shape = stated(replicas="{replicas}", most="{replicas}", surge="{replicas}").resolved({"replicas": odd})

    assert (shape.replicas, shape.most) == (1, 1)


def test_an_autoscaler_goes_up_to_its_maximum() -> None:
    """Never below what there is at least."""
    pods = stated(replicas="{least}", most="{most}")

    assert pods.resolved({"least": 2, "most": 5}).most == 5
    assert pods.resolved({"least": 2, "most": 1}).most == 2
    assert pods.resolved({"least": 2}).most == 2


@pytest.mark.parametrize(
    ("body", "surge"),
    [({}, "25%"), ({"controller": "DaemonSet"}, 0), ({"controller": "DaemonSet", "surge": 1}, 1), ({"surge": 0}, 0)],
)
def test_a_deployment_surges_by_a_quarter_unless_its_chart_says_otherwise(
    body: dict[str, Any], surge: int | str
) -> None:
    """That is what Kubernetes takes; other controllers replace one pod by one."""
    assert stated(**body).resolved({}).surge == surge


def test_pods_that_a_value_switches_off_are_not_made() -> None:
    """The chart's own value counts where ours is silent."""
    pods = ChartPods(
        name="a", trust="verified", defaults={"a": {"on": True}}, **pod_facts({"labels": {}, "where": {"a.on": True}})
    )

    assert pods.made({})
    assert not pods.made({"a": {"on": False}})


def test_a_chart_mixes_values_and_an_operator_does_not() -> None:
    """Helm keeps a default limit beside our request; a controller takes a resource's own as a whole."""
    body = {"labels": {}, "spec": {"containers": [{"name": "a", "resources": "{resources}"}]}}
    default = {"resources": {"limits": {"cpu": 1}}}
    ours = {"resources": {"requests": {"cpu": 2}}}

    chart = ChartPods(name="a", trust="verified", defaults=default, **pod_facts(body))
    operator = MadePods(defaults=default, **pod_facts(body))

    assert chart.resolved(ours).spec["containers"] == [
        {"name": "a", "resources": {"limits": {"cpu": 1}, "requests": {"cpu": 2}}}
    ]
    assert operator.resolved(ours).spec["containers"] == [{"name": "a", "resources": {"requests": {"cpu": 2}}}]
    assert operator.resolved({}).spec["containers"] == [{"name": "a", "resources": {"limits": {"cpu": 1}}}]
