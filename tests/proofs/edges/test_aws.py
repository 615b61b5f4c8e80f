"""AWS: roles, associations, buckets and ARNs belong together and to this cluster."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        (
            "PodIdentityAssociation",
            "qwen3-4b",
            lambda body: body["spec"].update(serviceAccount="qwen"),
            "missing-service-account",
        ),
        (
            "PodIdentityAssociation",
            "qwen3-4b",
            lambda body: body["spec"].update(clusterName="prod-us-east-1"),
            "other-cluster",
        ),
        (
            "PodIdentityAssociation",
            "qwen3-4b",
            lambda body: body["spec"].update(serviceAccount="glm-5-fp8"),
            "two-associations",
        ),
        (
            "PodIdentityAssociation",
            "qwen3-4b",
            lambda body: body["spec"]["roleRef"]["from"].update(name="qwen"),
            "missing-aws-resource",
        ),
        ("PodIdentityAssociation", "qwen3-4b", None, "unused-role"),
        ("Bucket", "models", None, "missing-bucket"),
        ("Alias", "data", None, "missing-aws-resource"),
        (
            "StorageClass",
            "standard",
            lambda body: body["parameters"].update(kmsKeyId=body["parameters"]["kmsKeyId"] + "-x"),
            "missing-aws-resource",
        ),
        ("Key", "logs", None, "missing-aws-resource"),
        (
            "LogGroup",
            "platform",
            lambda body: body["spec"]["kmsKeyRef"]["from"].update(name="log"),
            "missing-aws-resource",
        ),
        (
            "Role",
            "prometheus",
            lambda body: body["spec"].update(permissionsBoundary="arn:aws:iam::999999999999:policy/x"),
            "other-cluster",
        ),
        (
            "Role",
            "prometheus",
            lambda body: body["spec"]["inlinePolicies"].update(
                access=body["spec"]["inlinePolicies"]["access"].replace("us-east-2", "eu-west-1")
            ),
            "other-cluster",
        ),
    ],
)
def test_a_resource_of_nothing_or_of_elsewhere_is_found(
    broken: Any, kind: str, name: str, edit: Any, rule: str
) -> None:
    """References of ACK, ARNs and s3:// addresses are followed wherever they stand."""
    assert f"references/{rule}" in {one.rule for one in broken(kind, name, edit)}


WEB_ACL = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: page, namespace: web, annotations: {alb.ingress.kubernetes.io/wafv2-acl-name: one-edge}}
spec: {}
---
apiVersion: wafv2.services.k8s.aws/v1alpha1
kind: WebACL
metadata: {name: edge, namespace: web}
spec: {name: one-edge}
"""


def test_the_web_acl_that_an_ingress_names_is_in_the_tree(follow: Any) -> None:
    """The controller makes no load balancer while AWS has none of that name."""
    assert follow(WEB_ACL).held["Ingress -> WebACL"] == 1

    (problem,) = follow(WEB_ACL.replace("{name: one-edge}", "{name: two-edge}")).problems["missing-aws-resource"]
    assert problem.startswith("the tree makes no web ACL 'one-edge'")
