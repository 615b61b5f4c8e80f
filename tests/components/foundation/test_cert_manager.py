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


def test_a_challenge_is_looked_for_where_policies_lead(render: Any, site: Any) -> None:
    """The zone's own name servers are on the internet; cert-manager asks them unless it is told not to, and waits for ever."""
    (chart,) = render(CertManager, site("prod-us-east-1")).charts

    assert chart.values["dns01RecursiveNameserversOnly"] is True


def test_the_kubernetes_api_and_aws_are_not_asked_through_the_proxy(render: Any, site: Any) -> None:
    """The proxy leads to Let's Encrypt alone. Pods know the API by its address, and Route 53's name has no region in it."""
    (chart,) = render(CertManager, site("prod-us-east-2")).charts
    inside = chart.values["no_proxy"].split(",")

    assert {"172.20.0.0/16", ".amazonaws.com", ".svc", "169.254.170.23"} <= {*inside}
