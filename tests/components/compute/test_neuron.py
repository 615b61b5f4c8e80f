"""Neuron: measured everywhere, and with a device plugin where AWS runs none."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from groundwork.components.compute.neuron import Neuron


def test_it_is_carried_where_a_model_runs_on_neuron(site: Any) -> None:
    """Elsewhere there is nothing to measure."""
    assert Neuron.carried(site("prod-us-east-1"))
    assert not Neuron.carried(site("prod-us-east-2"))


@pytest.mark.parametrize(
    ("nodes", "charts", "label"),
    [
        ("auto", [], "eks.amazonaws.com/instance-accelerator-manufacturer"),
        ("karpenter", ["neuron-helm-chart"], "karpenter.k8s.aws/instance-accelerator-manufacturer"),
    ],
)
def test_the_device_plugin_is_ours_only_on_nodes_of_our_own(
    render: Any, site: Any, nodes: str, charts: list[str], label: str
) -> None:
    """A second plugin would leave nodes with no device; labels of the other mode match no node (weakness W15)."""
    where = site("prod-us-east-1")
    where = dataclasses.replace(where, cluster=where.cluster.model_copy(update={"nodes": nodes}))

    rendering = render(Neuron, where)

    assert [one.chart for one in rendering.charts] == charts
    (daemon,) = [one.body for one in rendering.objects if one.body["kind"] == "DaemonSet"]
    assert daemon["spec"]["template"]["spec"]["nodeSelector"][label] == "aws"
