"""Access: accounts, roles, groups, classes and namespaces that are named exist."""

from __future__ import annotations

from typing import Any

import pytest


def pod(body: dict[str, Any]) -> dict[str, Any]:
    """The pod spec of a workload."""
    spec: dict[str, Any] = body["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        ("Namespace", "ai-gateway", None, "missing-namespace"),
        ("ServiceAccount", "litellm", None, "missing-service-account"),
        (
            "Deployment",
            "litellm",
            lambda body: pod(body).update(serviceAccountName="litelm"),
            "missing-service-account",
        ),
        ("ClusterRole", "agent-viewer", None, "missing-role"),
        ("RoleBinding", "agent-viewer", lambda body: body["roleRef"].update(name="viewer"), "missing-role"),
        ("RoleBinding", "agent-viewer", lambda body: body["subjects"][0].update(name="viewers"), "missing-group"),
        ("Deployment", "litellm", lambda body: pod(body).update(priorityClassName="platfrom"), "missing-class"),
        (
            "GatewayParameters",
            "edge",
            lambda body: body["spec"]["kube"]["podTemplate"].update(priorityClassName="platfrom"),
            "missing-class",
        ),
        ("StorageClass", "standard", None, "missing-class"),
        (
            "Cluster",
            "litellm-postgres",
            lambda body: body["spec"]["storage"].update(storageClass="gp2"),
            "missing-class",
        ),
        (
            "Prometheus",
            "prometheus",
            lambda body: body["spec"].update(serviceAccountName="prom"),
            "missing-service-account",
        ),
        ("ModelConfig", "web-research", lambda body: body["spec"].update(apiKeySecretKey="kye"), "missing-secret"),
        (
            "Cluster",
            "litellm-postgres",
            lambda body: body["spec"]["bootstrap"]["initdb"]["secret"].update(name="litellm-database"),
            "missing-secret",
        ),
    ],
)
def test_a_name_of_nothing_is_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """Each kind of access is followed to its end."""
    assert f"references/{rule}" in {one.rule for one in broken(kind, name, edit)}
