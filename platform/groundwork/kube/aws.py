"""AWS resources as ACK custom resources: roles with Pod Identity, buckets. Names follow from the declarations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.labels import CONFIRM

__all__ = [
    "LOAD_BALANCER_LOGS",
    "POD_IDENTITY_AGENT",
    "Statement",
    "bootstrap_role",
    "boundary_arn",
    "bucket",
    "bucket_name",
    "load_balancer_logs",
    "load_balancer_name",
    "node_role",
    "partition_arn",
    "pod_identity",
    "role_arn",
    "role_name",
    "tags",
    "web_acl_name",
]

Statement = dict[str, Any]

POD_IDENTITY_AGENT = "169.254.170.23/32"
# The purpose of the bucket that the edge's load balancer logs to.
LOAD_BALANCER_LOGS = "edge-logs"

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
    encryption: str = "aws:kms",
) -> dict[str, Any]:
    """A private, encrypted, versioned bucket that survives the deletion of its object.

    Args:
        site: the cluster.
        namespace: of the object.
        purpose: what tells it from the cluster's other buckets.
        replaced_days: how long a version stays that was replaced or deleted; None for ever.
        passing: prefixes whose objects are deleted after so many days.
        encryption: with a key of KMS, or "AES256" with S3's own where the writer cannot use KMS.
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
                "rules": [
                    {"applyServerSideEncryptionByDefault": {"sseAlgorithm": encryption}, "bucketKeyEnabled": True}
                ]
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


def load_balancer_name(site: Site) -> str:
    """The edge's load balancer: at most 32 characters, and AWS keeps names that begin with "internal-" for itself."""
    return _fitting(f"{site.name}-edge", 32)


def web_acl_name(site: Site) -> str:
    """The web ACL in front of the edge's load balancer."""
    return f"{site.name}-edge"


def load_balancer_logs(site: Site, namespace: str) -> dict[str, Any]:
    """The bucket of the edge's access logs: load balancers of this account may write, and cannot write under a key of KMS."""
    made = bucket(site, namespace, LOAD_BALANCER_LOGS, replaced_days=7, passing={"AWSLogs/": 90}, encryption="AES256")
    folder = partition_arn("s3", "", "", f"{made['spec']['name']}/AWSLogs/{site.cluster.account}/*")
    source = partition_arn("elasticloadbalancing", site.cluster.region, site.cluster.account, "loadbalancer/*")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": folder,
        "Condition": {"ArnLike": {"aws:SourceArn": source}},
    }
    made["spec"]["policy"] = _document({"Version": "2012-10-17", "Statement": [statement]})
    return made


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
