"""ACK's resources are told from everything else by their API group."""

from __future__ import annotations

from groundwork.kube.ack import AwsKind, aws_kinds


def test_each_kind_counts_once_and_others_do_not_count() -> None:
    """A Role of RBAC is no role of IAM."""
    bodies = [
        {"apiVersion": "s3.services.k8s.aws/v1alpha1", "kind": "Bucket"},
        {"apiVersion": "iam.services.k8s.aws/v1alpha1", "kind": "Role"},
        {"apiVersion": "s3.services.k8s.aws/v1alpha1", "kind": "Bucket"},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role"},
        {"apiVersion": "v1", "kind": "Secret"},
    ]

    assert aws_kinds(bodies) == (AwsKind("iam", "Role"), AwsKind("s3", "Bucket"))
