"""AWS resources as ACK custom resources: roles with Pod Identity, buckets. Names follow from the declarations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.labels import CONFIRM

__all__ = [
    "POD_IDENTITY_AGENT",
    "Statement",
    "allow",
    "bootstrap_role",
    "boundary_arn",
    "bucket",
    "bucket_name",
    "cache_prefix",
    "key_alias",
    "log_group",
    "node_role",
    "partition_arn",
    "pod_identity",
    "registry_host",
    "role_arn",
    "role_name",
    "tags",
]

Statement = dict[str, Any]

POD_IDENTITY_AGENT = "169.254.170.23/32"

_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }
    ],
}


def partition_arn(service: str, region: str, account: str, resource: str) -> str:
    """An ARN in the commercial partition, the only one whose regions the catalogue has."""
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def allow(service: str, actions: Sequence[str], resource: str | list[str], **condition: Mapping[str, str]) -> Statement:
    """A statement that allows actions of one service; `condition` maps operators to what they compare."""
    statement = {"Effect": "Allow", "Action": [f"{service}:{action}" for action in actions], "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def role_name(site: Site, workload: str) -> str:
    """The IAM role of a workload: at most 64 characters."""
    return _fitting(f"{site.name}-{workload}", 64)


def role_arn(site: Site, workload: str) -> str:
    """The ARN of a workload's role."""
    return partition_arn("iam", "", site.cluster.account, f"role/{role_name(site, workload)}")


def bootstrap_role(site: Site, kind: str) -> str:
    """A role that bootstrap makes. It does not begin with the cluster's name, so ACK, which may write those, cannot touch it."""
    prefix = f"{site.organisation.name}-{site.name}"
    return f"{prefix[:55]}-{kind}"


def node_role(site: Site) -> str:
    """The IAM role of nodes, made by bootstrap and named by the node classes. Karpenter's own template names it for us."""
    return bootstrap_role(site, "node") if site.cluster.nodes == "auto" else f"KarpenterNodeRole-{site.name}"


def boundary_arn(site: Site) -> str:
    """The policy that bounds every role made from the tree: whoever can write a Role object must not become administrator."""
    return partition_arn("iam", "", site.cluster.account, f"policy/{site.organisation.name}-{site.name}-workloads")


def tags(site: Site) -> dict[str, str]:
    """What every AWS resource of a cluster carries."""
    return {"groundwork/cluster": site.name, "groundwork/environment": site.cluster.environment}


def key_alias(site: Site, purpose: str = "") -> str:
    """The alias of a KMS key: without a purpose the one that bootstrap makes, for the cluster's Secrets."""
    return f"alias/{site.organisation.name}-{site.name}" + (f"-{purpose}" if purpose else "")


def log_group(site: Site, name: str) -> str:
    """A log group of CloudWatch that is ours; EKS names that of the control plane."""
    return f"/{site.organisation.name}/{site.name}/{name}"


def cache_prefix(site: Site) -> str | None:
    """Where ECR keeps what it pulls through for this cluster, if its registry is the account's own."""
    host, _, prefix = (site.cluster.registry or "").partition("/")
    return prefix if host == registry_host(site) and prefix else None


def registry_host(site: Site) -> str:
    """The account's own registry of images, in the cluster's region."""
    return f"{site.cluster.account}.dkr.ecr.{site.cluster.region}.amazonaws.com"


def pod_identity(
    site: Site, namespace: str, service_account: str, statements: Sequence[Statement]
) -> list[dict[str, Any]]:
    """The role that a ServiceAccount's pods take on, and the association that gives it to them."""
    metadata = {"name": service_account, "namespace": namespace}
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    role = {
        "name": role_name(site, f"{namespace}-{service_account}"),
        "description": f"Pods of {namespace}/{service_account} in {site.name}",
        "assumeRolePolicyDocument": _document(_TRUST),
        "inlinePolicies": {"access": _document(policy)},
        "permissionsBoundary": boundary_arn(site),
        "tags": [{"key": key, "value": value} for key, value in tags(site).items()],
    }
    association = {
        "clusterName": site.name,
        "namespace": namespace,
        "serviceAccount": service_account,
        "roleRef": {"from": {"name": service_account, "namespace": namespace}},
        "tags": tags(site),
    }
    return [
        {"apiVersion": "iam.services.k8s.aws/v1alpha1", "kind": "Role", "metadata": metadata, "spec": role},
        {
            "apiVersion": "eks.services.k8s.aws/v1alpha1",
            "kind": "PodIdentityAssociation",
            "metadata": metadata,
            "spec": association,
        },
    ]


def bucket_name(site: Site, purpose: str) -> str:
    """Bucket names are unique across all of AWS; the account number makes them so."""
    return _fitting(f"{site.organisation.name}-{site.name}-{purpose}-{site.cluster.account}", 63)


def bucket(
    site: Site,
    namespace: str,
    purpose: str,
    *,
    replaced_days: int | None = None,
    passing: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """A private, encrypted, versioned bucket that survives the deletion of its object.

    Args:
        site: the cluster.
        namespace: of the object.
        purpose: what tells it from the cluster's other buckets.
        replaced_days: how long a version stays that was replaced or deleted; None for ever.
        passing: prefixes whose objects are deleted after so many days.
    """
    rules = [_rule(prefix, {"expiration": {"days": days}}) for prefix, days in (passing or {}).items()]
    if replaced_days:
        replaced = {"noncurrentVersionExpiration": {"noncurrentDays": replaced_days}}
        rules.append(_rule("", replaced | {"abortIncompleteMultipartUpload": {"daysAfterInitiation": 1}}))
    return {
        "apiVersion": "s3.services.k8s.aws/v1alpha1",
        "kind": "Bucket",
        "metadata": {
            "name": purpose,
            "namespace": namespace,
            "annotations": {
                "services.k8s.aws/deletion-policy": "retain",
                **CONFIRM,
            },
        },
        "spec": {
            "name": bucket_name(site, purpose),
            "encryption": {
                "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}]
            },
            "publicAccessBlock": {
                "blockPublicACLs": True,
                "blockPublicPolicy": True,
                "ignorePublicACLs": True,
                "restrictPublicBuckets": True,
            },
            "ownershipControls": {"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
            "versioning": {"status": "Enabled"},
            **({"lifecycle": {"rules": rules}} if rules else {}),
            "tagging": {"tagSet": [{"key": key, "value": value} for key, value in tags(site).items()]},
        },
    }


def _rule(prefix: str, what: dict[str, Any]) -> dict[str, Any]:
    name = prefix.strip("/") or "replaced"
    return {"id": name, "status": "Enabled", "filter": {"prefix": prefix}, **what}


def _document(policy: dict[str, Any]) -> str:
    return json.dumps(policy, indent=2)


def _fitting(name: str, longest: int) -> str:
    """The name, or as much of it as fits with a digest of the whole: two names that are too long stay different."""
    if len(name) <= longest:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: longest - 9].rstrip('-')}-{digest}"
