"""Istio's kinds, before whatever declares some."""

from __future__ import annotations

from typing import Any

from groundwork.components.foundation.istio_crds import IstioCrds
from groundwork.kube.stage import Stage


def test_kinds_come_first_and_bring_no_webhook(render: Any, site: Any) -> None:
    """Components of every stage declare policies of the mesh."""
    (chart,) = render(IstioCrds, site("prod-us-east-2")).charts

    assert Stage.CRDS is IstioCrds.stage
    assert "" == chart.values["defaultRevision"]


def test_nothing_needs_a_namespace_yet(render: Any, site: Any) -> None:
    """Namespaces come a wave later: a ServiceAccount here would hold up the whole cluster."""
    (chart,) = render(IstioCrds, site("prod-us-east-2")).charts

    assert {"enableReaderRBAC": False} == chart.values["global"]


def test_a_cluster_without_a_mesh_has_none(site: Any) -> None:
    """Nothing would use them."""
    assert not IstioCrds.carried(site("dev-us-east-1"))
