"""cert-manager: its one way to the internet."""

from __future__ import annotations

from typing import Any

from groundwork.components.foundation.cert_manager import CertManager
from groundwork.kube.egress import port_of


def test_on_self_managed_nodes_certificates_are_asked_for_through_the_proxy(render: Any, site: Any) -> None:
    """The chart is told the proxy by its own values."""
    (chart,) = render(CertManager, site("prod-us-east-2")).charts

    assert chart.values["https_proxy"] == f"http://egress-proxy.egress.svc:{port_of('cert-manager')}"


def test_on_auto_mode_a_policy_names_the_host(render: Any, site: Any) -> None:
    """No proxy there."""
    rendering = render(CertManager, site("prod-us-east-1"))

    assert {flow.target.host for flow in rendering.flows if flow.target.host} == {"acme-v02.api.letsencrypt.org"}
    assert "https_proxy" not in rendering.charts[0].values
