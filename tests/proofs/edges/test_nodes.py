"""Nodes: pools have a class, classes look into their own network, and pods ask for labels that a pool gives."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        ("EC2NodeClass", "gpu-l4", None, "missing-node-class"),
        (
            "NodePool",
            "gpu-l4",
            lambda body: body["spec"]["template"]["spec"]["nodeClassRef"].update(kind="NodeClass"),
            "missing-node-class",
        ),
        (
            "EC2NodeClass",
            "gpu-l4",
            lambda body: body["spec"]["subnetSelectorTerms"][0]["tags"].update(
                {"alpha.eksctl.io/cluster-name": "prod-us-east-1"}
            ),
            "other-clusters-nodes",
        ),
        ("NodePool", "gpu-l4", None, "missing-node-label"),
        (
            "Deployment",
            "qwen3-4b",
            lambda body: body["spec"]["template"]["spec"].update(nodeSelector={"groundwork.dev/accelerator": "l40"}),
            "missing-node-label",
        ),
    ],
)
def test_nodes_that_never_come_are_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """A renamed pool or label is named before pods wait for it."""
    assert f"references/{rule}" in {one.rule for one in broken(kind, name, edit)}
