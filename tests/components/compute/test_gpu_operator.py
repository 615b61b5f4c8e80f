"""GPU operator: exactly one provider of the device plugin per pool."""

from __future__ import annotations

from typing import Any

from groundwork.components.compute.gpu_operator import GpuOperator


def test_playbook_13_every_gpu_pool_has_exactly_one_device_plugin(fleet: Any, render: Any) -> None:
    """On Auto Mode AWS runs it, on nodes of our own the operator does; both, or neither, leave a node with no GPU."""
    for name in fleet.clusters:
        site = fleet.site(name)
        if not any(model.hardware.gpu for model in site.models):
            continue
        providers = ["Auto Mode"] if site.cluster.nodes == "auto" else []
        if GpuOperator.carried(site):
            (chart,) = render(GpuOperator, site).charts
            providers += ["operator"] if chart.values["devicePlugin"]["enabled"] else []
        assert len(providers) == 1, name


def test_driver_and_toolkit_come_with_the_node_image(render: Any, site: Any) -> None:
    """The chart would install both, over what AL2023 brings."""
    (chart,) = render(GpuOperator, site("prod-us-east-2")).charts

    assert (chart.values["driver"], chart.values["toolkit"]) == ({"enabled": False}, {"enabled": False})
    assert chart.values["nodeStatusExporter"] == {"enabled": True}
