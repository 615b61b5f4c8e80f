"""Istio: strict by default, no sidecars, and probes that still reach the pods."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.catalog import versions
from groundwork.components.foundation.istio import Istio


def test_it_is_an_option_of_a_cluster(site: Any) -> None:
    """Off unless declared."""
    assert Istio.carried(site("prod-us-east-2"))
    assert not Istio.carried(site("prod-us-east-1"))


def test_nobody_comes_in_the_clear_and_nobody_unnamed(render: Any, site: Any, find: Any) -> None:
    """Both for the whole mesh."""
    rendering = render(Istio, site("prod-us-east-2"))

    assert {"mtls": {"mode": "STRICT"}} == find(rendering, "PeerAuthentication", "default")["spec"]
    assert {} == find(rendering, "AuthorizationPolicy", "default-deny")["spec"]


def test_no_webhook_is_installed(render: Any, site: Any) -> None:
    """Sidecars are not used, and what we write is checked before a merge; a webhook that is down stops deployments."""
    charts = {one.chart: one.values for one in render(Istio, site("prod-us-east-2")).charts}

    assert charts["istiod"]["global"]["operatorManageWebhooks"] is True
    assert charts["istiod"]["global"]["configValidation"] is False


def test_dns_stays_with_the_policies_of_each_pod(render: Any, site: Any) -> None:
    """Captured, it would leave from ztunnel."""
    charts = {one.chart: one.values for one in render(Istio, site("prod-us-east-2")).charts}

    assert {"dnsCapture": False} == charts["cni"]["ambient"]


@pytest.mark.parametrize("channel", ["stable", "next"])
def test_all_parts_are_of_one_version(channel: Any) -> None:
    """Upstream supports no other."""
    assert 1 == len({versions.chart(name, channel).version for name in ("base", "cni", "istiod", "ztunnel")})
