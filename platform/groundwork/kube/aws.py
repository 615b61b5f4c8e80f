"""AWS resources as ACK custom resources: roles with Pod Identity, buckets. Names follow from the declarations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.labels import CONFIRM

__all__ = [
    "ACK_NAMESPACE",
    "CLUSTER_TAG",
    "LOAD_BALANCER_LOGS",
    "POD_IDENTITY_AGENT",
    "PULL_THROUGH_SECRETS",
    "RETAINED",
    "Statement",
    "adopted",
    "allow",
    "bootstrap_role",
    "boundary_arn",
    "bucket",
    "bucket_name",
    "cache_prefix",
    "key_alias",
    "key_alias_arn",
    "key_reference",
    "load_balancer_logs",
    "load_balancer_name",
    "log_group",
    "node_role",
    "partition_arn",
    "pod_identity",
    "registry_host",
    "role_arn",
    "role_name",
    "tags",
    "web_acl_name",
]

Statement = dict[str, Any]

# Says whose an AWS resource is: rights and budgets are bound by it.
CLUSTER_TAG = "groundwork/cluster"

# Where ACK runs; resources that belong to no component's namespace stand there as well.
ACK_NAMESPACE = "ack-system"

# What holds data stays when its object goes, whatever the controller's default is.
RETAINED = {"services.k8s.aws/deletion-policy": "retain"}
# A right goes with its reason, and EKS refuses a second association of one ServiceAccount.
_DELETED = {"services.k8s.aws/deletion-policy": "delete"}

# ECR takes credentials for other registries from secrets of such a name only.
PULL_THROUGH_SECRETS = "ecr-pullthroughcache"

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


def allow(
    service: str, actions: Sequence[str], resource: str | list[str], **condition: Mapping[str, str | list[str]]
) -> Statement:
    """A statement that allows actions of one service; `condition` maps operators to what they compare."""
    statement = {"Effect": "Allow", "Action": [f"{service}:{action}" for action in actions], "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def adopted(**identity: str) -> dict[str, str]:
    """Annotations of a resource that a name identifies: one that AWS kept from an earlier life of the cluster is taken over.

    `identity` is that name, under the key that the kind's controller asks for.
    """
    return {
        "services.k8s.aws/adoption-policy": "adopt-or-create",
        "services.k8s.aws/adoption-fields": json.dumps(identity),
    }


def role_name(site: Site, workload: str) -> str:
    """The IAM role of a workload: at most 64 characters."""
    return _fitting(f"{site.name}-{workload}", 64)


def role_arn(site: Site, workload: str) -> str:
    """The ARN of a workload's role."""
    return partition_arn("iam", "", site.cluster.account, f"role/{role_name(site, workload)}")


def bootstrap_role(site: Site, kind: str) -> str:
    """A role that bootstrap makes. It does not begin with the cluster's name, so ACK, which may write those, cannot touch it."""
    return _fitting(f"{site.organisation.name}-{site.name}-{kind}", 64)


def node_role(site: Site) -> str:
    """The IAM role of nodes, made by bootstrap and named by the node classes. Karpenter's own template names it for us."""
    return bootstrap_role(site, "node") if site.cluster.nodes == "auto" else f"KarpenterNodeRole-{site.name}"


def boundary_arn(site: Site) -> str:
    """The policy that bounds every role made from the tree: whoever can write a Role object must not become administrator."""
    return partition_arn("iam", "", site.cluster.account, f"policy/{site.organisation.name}-{site.name}-workloads")


def tags(site: Site) -> dict[str, str]:
    """What every AWS resource of a cluster carries."""
    return {CLUSTER_TAG: site.name, "groundwork/environment": site.cluster.environment}


def key_alias(site: Site, purpose: str = "") -> str:
    """The alias of a KMS key: without a purpose the one that bootstrap makes, for the cluster's Secrets."""
    return f"alias/{site.organisation.name}-{site.name}" + (f"-{purpose}" if purpose else "")


def key_alias_arn(site: Site, purpose: str) -> str:
    """The same, for what takes no reference."""
    return partition_arn("kms", site.cluster.region, site.cluster.account, key_alias(site, purpose))


def key_reference(name: str) -> dict[str, Any]:
    """A key of the component `keys`, as resources of ACK refer to it."""
    return {"from": {"name": name, "namespace": ACK_NAMESPACE}}


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
    identity = {"name": service_account, "namespace": namespace}
    name = role_name(site, f"{namespace}-{service_account}")
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    role = {
        "name": name,
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
        "roleRef": {"from": identity},
        "tags": tags(site),
    }
    return [
        {
            "apiVersion": "iam.services.k8s.aws/v1alpha1",
            "kind": "Role",
            "metadata": identity | {"annotations": {**_DELETED, **adopted(name=name)}},
            "spec": role,
        },
        {
            "apiVersion": "eks.services.k8s.aws/v1alpha1",
            "kind": "PodIdentityAssociation",
            "metadata": identity | {"annotations": dict(_DELETED)},
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
    """A private, encrypted, versioned bucket that survives the deletion of its object, and is taken over where it is there.

    Args:
        site: the cluster.
        namespace: of the object.
        purpose: what tells it from the cluster's other buckets.
        replaced_days: how long a version stays that was replaced or deleted; None for ever.
        passing: prefixes whose objects are deleted after so many days.
        encryption: with a key of KMS, or "AES256" with S3's own where the writer cannot use KMS.
    """
    name = bucket_name(site, purpose)
    key = {"kmsMasterKeyID": key_alias_arn(site, "data")}
    default = {"sseAlgorithm": encryption} | (key if encryption == "aws:kms" else {})
    rules = [_rule(prefix.strip("/"), prefix, expiration={"days": days}) for prefix, days in (passing or {}).items()]
    if replaced_days:
        rules.append(_rule("replaced", "", noncurrentVersionExpiration={"noncurrentDays": replaced_days}))
    rules.append(_rule("unfinished", "", abortIncompleteMultipartUpload={"daysAfterInitiation": 1}))
    return {
        "apiVersion": "s3.services.k8s.aws/v1alpha1",
        "kind": "Bucket",
        "metadata": {
            "name": purpose,
            "namespace": namespace,
            "annotations": {**RETAINED, **adopted(name=name), **CONFIRM},
        },
        "spec": {
            "name": name,
            # One key of the bucket's own for many objects: a fraction of the calls to KMS.
            "encryption": {"rules": [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]},
            "publicAccessBlock": {
                "blockPublicACLs": True,
                "blockPublicPolicy": True,
                "ignorePublicACLs": True,
                "restrictPublicBuckets": True,
            },
            "ownershipControls": {"rules": [{"objectOwnership": "BucketOwnerEnforced"}]},
            "policy": _document(_only_by_tls(name)),
            "versioning": {"status": "Enabled"},
            "lifecycle": {"rules": rules},
            "tagging": {"tagSet": [{"key": key, "value": value} for key, value in tags(site).items()]},
        },
    }


def _only_by_tls(bucket: str) -> dict[str, Any]:
    """Refuses requests in the clear, and those with a TLS older than 1.2."""
    arn = partition_arn("s3", "", "", bucket)
    refused = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    conditions = ({"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": "1.2"}})
    return {"Version": "2012-10-17", "Statement": [refused | {"Condition": one} for one in conditions]}


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
    policy = _only_by_tls(made["spec"]["name"])
    made["spec"]["policy"] = _document(policy | {"Statement": [*policy["Statement"], statement]})
    return made


def _rule(name: str, prefix: str, **what: dict[str, int]) -> dict[str, Any]:
    return {"id": name, "status": "Enabled", "filter": {"prefix": prefix}, **what}


def _document(policy: dict[str, Any]) -> str:
    return json.dumps(policy, indent=2)


def _fitting(name: str, longest: int) -> str:
    """The name, or as much of it as fits with a digest of the whole: two names that are too long stay different."""
    if len(name) <= longest:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: longest - 9].rstrip('-')}-{digest}"
