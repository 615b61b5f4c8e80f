"""What each of ACK's controllers may do in AWS: make and change what this cluster's tree describes, delete nothing that holds data.

Rights are bound by the name of what they are about where AWS lets us choose it, else by its tag, else by the region.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.aws import Statement, allow

__all__ = ["RIGHTS"]

_TAGS = ("ListTagsForResource", "TagResource", "UntagResource")


def _arn(site: Site, service: str, resource: str) -> str:
    return aws.partition_arn(service, site.cluster.region, site.cluster.account, resource)


def _here(site: Site) -> dict[str, str]:
    return {"aws:RequestedRegion": site.cluster.region}


def _own_roles(site: Site) -> str:
    return aws.partition_arn("iam", "", site.cluster.account, f"role/{site.name}-*")


def _ecr(site: Site) -> list[Statement]:
    """Repositories below the organisation's name and below the cache's. None can be deleted, nor an image in it."""
    change = ["DeleteLifecyclePolicy", "PutImageScanningConfiguration", "PutImageTagMutability", "PutLifecyclePolicy"]
    look = ["DescribeRepositories", "GetLifecyclePolicy", "GetRepositoryPolicy"]
    prefix = aws.cache_prefix(site)
    names = [site.organisation.name, *([prefix] if prefix else [])]
    repositories = [_arn(site, "ecr", f"repository/{name}/*") for name in names]
    statements = [allow("ecr", ["CreateRepository", *look, *change, *_TAGS], repositories)]
    return [*statements, *_pull_through(site)] if prefix else statements


def _pull_through(site: Site) -> list[Statement]:
    """Rules belong to the registry as a whole. ECR reads the sign-in as whoever makes the rule, and imports as itself."""
    rules = [f"{action}PullThroughCacheRule" for action in ("Create", "Update")]
    role = "role/aws-service-role/pullthroughcache.ecr.amazonaws.com/*"
    return [
        allow("ecr", [*rules, "DescribePullThroughCacheRules"], "*", StringEquals=_here(site)),
        allow("secretsmanager", ["GetSecretValue"], _sign_ins(site)),
        allow("iam", ["CreateServiceLinkedRole"], aws.partition_arn("iam", "", site.cluster.account, role)),
    ]


def _sign_ins(site: Site) -> str:
    """What ECR signs in with at other registries, for this cluster."""
    return _arn(site, "secretsmanager", f"secret:{aws.PULL_THROUGH_SECRETS}/{site.organisation.name}-{site.name}-*")


def _eks(site: Site) -> list[Statement]:
    """Which role which pods of this cluster take on. EKS looks at the role, and asks whether it may hand it out."""
    targets = [_arn(site, "eks", f"cluster/{site.name}"), _arn(site, "eks", f"podidentityassociation/{site.name}/*")]
    changes = [f"{action}PodIdentityAssociation" for action in ("Create", "Delete", "Describe", "Update")]
    passed = {"iam:PassedToService": "pods.eks.amazonaws.com"}
    return [
        allow("eks", [*changes, "ListPodIdentityAssociations", *_TAGS], targets),
        allow("iam", ["GetRole"], _own_roles(site)),
        allow("iam", ["PassRole"], _own_roles(site), StringEquals=passed),
    ]


def _iam(site: Site) -> list[Statement]:
    """Roles of this cluster's pods, and rights for them only inside the boundary; the boundary itself cannot be taken off."""
    bounded = {"iam:PermissionsBoundary": aws.boundary_arn(site)}
    look = ["GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"]
    change = ["DeleteRole", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole"]
    grant = ["CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"]
    roles = _own_roles(site)
    return [allow("iam", look + change, roles), allow("iam", grant, roles, StringEquals=bounded)]


def _kms(site: Site) -> list[Statement]:
    """Keys that bear the cluster's tag, and aliases that begin with its name. No key can be deleted or switched off."""
    owner = site.name
    keys, aliases = _arn(site, "kms", "key/*"), _arn(site, "kms", f"{aws.key_alias(site)}-*")
    look = ["DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListResourceTags"]
    change = ["CreateAlias", "EnableKeyRotation", "PutKeyPolicy", "UntagResource", "UpdateAlias"]
    return [
        allow("kms", ["CreateKey"], "*", StringEquals={f"aws:RequestTag/{aws.CLUSTER_TAG}": owner, **_here(site)}),
        # A new key gets its tag as it is made; what bears another cluster's tag cannot be taken over.
        allow(
            "kms",
            ["TagResource"],
            keys,
            StringEquals={f"aws:RequestTag/{aws.CLUSTER_TAG}": owner},
            StringEqualsIfExists={f"aws:ResourceTag/{aws.CLUSTER_TAG}": owner},
        ),
        allow("kms", look + change, keys, StringEquals={f"aws:ResourceTag/{aws.CLUSTER_TAG}": owner}),
        allow("kms", ["CreateAlias", "UpdateAlias"], aliases),
        allow("kms", ["ListAliases"], "*", StringEquals=_here(site)),
    ]


def _logs(site: Site) -> list[Statement]:
    """Log groups below the cluster's name: how long they keep, not what is in them."""
    groups = _arn(site, "logs", f"log-group:{aws.log_group(site, '*')}")
    change = ["AssociateKmsKey", "CreateLogGroup", "DeleteRetentionPolicy", "PutRetentionPolicy"]
    return [
        allow("logs", [*change, "DescribeSubscriptionFilters", *_TAGS], groups),
        allow("logs", ["DescribeLogGroups"], _arn(site, "logs", "log-group:*")),
    ]


def _prometheus(site: Site) -> list[Statement]:
    """Workspaces. Their identifiers are AWS's choice, so no name can bound them; the region does. None can be deleted."""
    change = ["DescribeWorkspace", *_TAGS, "UpdateWorkspaceAlias"]
    return [
        allow("aps", change, _arn(site, "aps", "workspace/*")),
        allow("aps", ["CreateWorkspace", "ListWorkspaces"], "*", StringEquals=_here(site)),
    ]


def _s3(site: Site) -> list[Statement]:
    """Buckets of this cluster and their settings. No object can be read, no bucket deleted."""
    buckets = aws.partition_arn("s3", "", "", f"{site.organisation.name}-{site.name}-*")
    settings = ["GetBucket*", "Get*Configuration", "PutBucket*", "Put*Configuration", "DeleteBucketPolicy"]
    # The controller finds a bucket by going through the list of all.
    return [
        allow("s3", ["CreateBucket", "ListBucket", *settings, *_TAGS], buckets),
        allow("s3", ["ListAllMyBuckets"], "*"),
    ]


def _secrets(site: Site) -> list[Statement]:
    """Copies of the sign-ins at other registries. They can be written and not read."""
    change = ["CreateSecret", "DescribeSecret", "TagResource", "UntagResource", "UpdateSecret"]
    return [
        allow("secretsmanager", change, _sign_ins(site)),
        allow("secretsmanager", ["ListSecrets"], "*", StringEquals=_here(site)),
    ]


def _web_acl(site: Site) -> list[Statement]:
    """The web ACL of the edge, out of rule groups that AWS keeps."""
    resources = [f"regional/webacl/{aws.web_acl_name(site)}/*", "regional/managedruleset/*"]
    actions = [f"{action}WebACL" for action in ("Create", "Delete", "Get", "Update")]
    return [
        allow("wafv2", [*actions, "GetLoggingConfiguration", *_TAGS], [_arn(site, "wafv2", one) for one in resources])
    ]


RIGHTS: Mapping[str, Callable[[Site], Sequence[Statement]]] = {
    "cloudwatchlogs": _logs,
    "ecr": _ecr,
    "eks": _eks,
    "iam": _iam,
    "kms": _kms,
    "prometheusservice": _prometheus,
    "s3": _s3,
    "secretsmanager": _secrets,
    "wafv2": _web_acl,
}
