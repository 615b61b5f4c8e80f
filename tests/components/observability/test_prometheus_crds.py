"""CRDs of monitors: there before the first monitor."""

from __future__ import annotations

from typing import Any

from groundwork.components.bringup import COMPONENTS
from groundwork.components.observability.prometheus_crds import PrometheusCrds
from groundwork.kube.stage import Stage


def test_no_monitor_arrives_before_its_kind(render: Any, site: Any) -> None:
    """A wave waits for the one below; a monitor without its CRD would never become healthy, and stop the bring-up."""
    one = site("prod-us-east-2")
    with_monitors = [
        component
        for component in COMPONENTS
        if component.carried(one)
        and component is not PrometheusCrds
        and "onitor" in str(render(component, one).__dict__)
    ]

    assert with_monitors
    assert all(component.stage > Stage.CRDS for component in with_monitors)
    assert PrometheusCrds.stage is Stage.CRDS
