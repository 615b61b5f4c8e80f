"""Namespaces: a security standard and a closed door for each."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.foundation.namespaces import Namespaces


def test_w5_every_namespace_denies_everything_by_default(render: Any, site: Any) -> None:
    """Nothing may talk in any namespace until a flow is declared (weakness W5)."""
    rendering = render(Namespaces, site("prod-us-east-2"))

    namespaces = {made.body["metadata"]["name"] for made in rendering.objects if made.body["kind"] == "Namespace"}
    denied = {
        made.body["metadata"]["namespace"]
        for made in rendering.objects
        if made.body["kind"] == "NetworkPolicy" and made.body["spec"]["policyTypes"] == ["Ingress", "Egress"]
    }
    assert namespaces == denied
    assert {"ai-agents", "ai-data", "ai-gateway", "ai-inference", "ai-pipelines", "observability"} < namespaces


def test_only_what_touches_the_host_is_privileged(render: Any, site: Any) -> None:
    """Model servers need no privilege: the device plugin hands them their devices (playbook finding 9)."""
    rendering = render(Namespaces, site("prod-us-east-2"))

    levels = {
        made.body["metadata"]["name"]: made.body["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for made in rendering.objects
        if made.body["kind"] == "Namespace"
    }
    assert {name for name, level in levels.items() if level != "restricted"} == {
        "gpu-operator",
        "istio-system",
        "node-agents",
    }


def test_deleting_a_namespace_asks_a_person(render: Any, site: Any, find: Any) -> None:
    """All that is in it would be gone (weakness W6)."""
    namespace = find(render(Namespaces, site("dev-us-east-1")), "Namespace", "ai-data")

    assert namespace["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] == "Delete=confirm,Prune=confirm"


def test_probes_reach_every_meshed_namespace(render: Any, site: Any) -> None:
    """They come from an address of istio-cni's making, which policies would refuse."""
    bodies = [one.body for one in render(Namespaces, site("prod-us-east-2")).objects]
    policies = [body for body in bodies if body["metadata"]["name"] == "kubelet-probes"]
    namespaces = [body for body in bodies if body["kind"] == "Namespace"]
    meshed = {one["metadata"]["name"] for one in namespaces if "istio.io/dataplane-mode" in one["metadata"]["labels"]}

    assert meshed
    assert meshed == {one["metadata"]["namespace"] for one in policies}
    assert {"169.254.7.127/32"} == {one["spec"]["ingress"][0]["from"][0]["ipBlock"]["cidr"] for one in policies}


@pytest.mark.parametrize(("cluster", "gated"), [("prod-us-east-1", True), ("prod-us-east-2", False)])
def test_pods_behind_a_load_balancer_are_ready_when_it_says_so(
    render: Any, site: Any, find: Any, cluster: str, *, gated: bool
) -> None:
    """Otherwise a rollout ends the last old pod before the first new one is asked."""
    labels = find(render(Namespaces, site(cluster)), "Namespace", "ai-gateway")["metadata"]["labels"]

    assert ("eks.amazonaws.com/pod-readiness-gate-inject" in labels) == gated
