"""Istio: strict by default, no sidecars, and probes that still reach the pods."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.catalog import versions
from groundwork.components.compute.node_pools import NodePools
from groundwork.components.foundation.istio import Istio
from groundwork.kube.stage import Stage


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


def test_new_nodes_wait_for_the_mesh(render: Any, site: Any) -> None:
    """The taint that pools put on is the one that istiod takes off."""
    meshed, plain = site("prod-us-east-2"), site("prod-us-east-1")
    (taint,) = [one.values["taint"] for one in render(Istio, meshed).charts if one.chart == "istiod"]
    pools = {one.name: startup_taints(render, one) for one in (meshed, plain)}

    assert {"prod-us-east-2": {taint["name"]}, "prod-us-east-1": set()} == pools


def startup_taints(render: Any, site: Any) -> set[str]:
    """Keys of the taints that all pools put on new nodes."""
    pools = [one.body for one in render(NodePools, site).objects if one.body["kind"] == "NodePool"]
    return {one["key"] for pool in pools for one in pool["spec"]["template"]["spec"].get("startupTaints", ())}


def test_nothing_waits_for_nodes_before_the_mesh_is_there() -> None:
    """Its stage is the next after the pools': what came between would wait for nodes that nobody makes usable."""
    assert [] == [one for one in Stage if Stage.CAPACITY < one < Istio.stage]
