"""Pod Identity of what must reach AWS before ACK works, is ACK, or has pods of a chart, which wait for no role.

Every other role is an object in the tree.

The roles get names of eksctl's own making. ACK may write roles whose names begin with the cluster's, so one named like that
could be given more rights by the very controller that it belongs to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube import aws

__all__ = ["associations"]

_KARPENTER_POLICIES = (
    "EKSIntegration",
    "IAMIntegration",
    "Interruption",
    "NodeLifecycle",
    "ResourceDiscovery",
    "ZonalShift",
)


def associations(site: Site) -> list[dict[str, Any]]:
    """The `podIdentityAssociations` of the ClusterConfig."""
    wanted = [
        _ack("iam", _iam(site)),
        _ack("eks", _eks(site)),
        _ack("s3", _s3(site)),
        _ack("prometheusservice", _prometheus(site)),
        _association("external-secrets", "external-secrets", permissionPolicy=_document(_secrets(site))),
        _association("cert-manager", "cert-manager", wellKnownPolicies={"certManager": True}),
        _association("external-dns", "external-dns", permissionPolicy=_document(_names(site))),
    ]
    if site.cluster.nodes == "karpenter":
        controller = "aws-load-balancer-controller"
        wanted += [
            _association(controller, controller, wellKnownPolicies={"awsLoadBalancerController": True}),
            _association("karpenter", "karpenter", permissionPolicyARNs=_karpenter(site)),
        ]
    return wanted


def _association(namespace: str, service_account: str, **rights: Any) -> dict[str, Any]:
    return {"namespace": namespace, "serviceAccountName": service_account, **rights}


def _ack(service: str, statements: Sequence[aws.Statement]) -> dict[str, Any]:
    return _association("ack-system", f"ack-{service}-controller", permissionPolicy=_document(statements))


def _document(statements: Sequence[aws.Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(service: str, actions: Sequence[str], resource: str | list[str], **condition: Any) -> aws.Statement:
    statement = {"Effect": "Allow", "Action": [f"{service}:{action}" for action in actions], "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def _own_roles(site: Site) -> str:
    return aws.partition_arn("iam", "", site.cluster.account, f"role/{site.name}-*")


def _iam(site: Site) -> list[aws.Statement]:
    """Roles of this cluster's pods, and rights for them only inside the boundary; the boundary itself cannot be taken off."""
    bounded = {"iam:PermissionsBoundary": aws.boundary_arn(site)}
    look = ["GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"]
    change = ["DeleteRole", "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole"]
    grant = ["CreateRole", "DeleteRolePolicy", "PutRolePermissionsBoundary", "PutRolePolicy"]
    roles = _own_roles(site)
    return [_allow("iam", look + change, roles), _allow("iam", grant, roles, StringEquals=bounded)]


def _eks(site: Site) -> list[aws.Statement]:
    """Which role which pods of this cluster take on. EKS looks at the role, and asks whether it may hand it out."""
    where = (site.cluster.region, site.cluster.account)
    cluster = aws.partition_arn("eks", *where, f"cluster/{site.name}")
    association = aws.partition_arn("eks", *where, f"podidentityassociation/{site.name}/*")
    actions = ["Create", "Delete", "Describe", "Update"]
    changes = [f"{action}PodIdentityAssociation" for action in actions]
    tags = ["ListTagsForResource", "TagResource", "UntagResource"]
    return [
        _allow("eks", [*changes, "ListPodIdentityAssociations", *tags], [cluster, association]),
        _allow("iam", ["GetRole"], _own_roles(site)),
        _allow("iam", ["PassRole"], _own_roles(site), StringEquals={"iam:PassedToService": "pods.eks.amazonaws.com"}),
    ]


def _s3(site: Site) -> list[aws.Statement]:
    """Buckets of this cluster and their settings. No object can be read, no bucket deleted."""
    buckets = aws.partition_arn("s3", "", "", f"{site.organisation.name}-{site.name}-*")
    settings = ["GetBucket*", "Get*Configuration", "PutBucket*", "Put*Configuration", "DeleteBucketPolicy"]
    tags = ["ListTagsForResource", "TagResource", "UntagResource"]
    # The controller finds a bucket by going through the list of all.
    return [
        _allow("s3", ["CreateBucket", "ListBucket", *settings, *tags], buckets),
        _allow("s3", ["ListAllMyBuckets"], "*"),
    ]


def _prometheus(site: Site) -> list[aws.Statement]:
    """Workspaces. Their identifiers are AWS's choice, so no name can bound them; the region does. None can be deleted."""
    workspaces = aws.partition_arn("aps", site.cluster.region, site.cluster.account, "workspace/*")
    change = ["DescribeWorkspace", "ListTagsForResource", "TagResource", "UntagResource", "UpdateWorkspaceAlias"]
    here = {"aws:RequestedRegion": site.cluster.region}
    return [
        _allow("aps", change, workspaces),
        _allow("aps", ["CreateWorkspace", "ListWorkspaces"], "*", StringEquals=here),
    ]


def _secrets(site: Site) -> list[aws.Statement]:
    names = f"secret:{site.organisation.name}/{site.name}/*"
    secrets = aws.partition_arn("secretsmanager", site.cluster.region, site.cluster.account, names)
    return [_allow("secretsmanager", ["DescribeSecret", "GetSecretValue"], secrets)]


def _names(site: Site) -> list[aws.Statement]:
    """Host names below this cluster's domain, in whichever zone: a zone's identifier is Route 53's choice."""
    own = {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [f"*.{site.domain}"],
        "route53:ChangeResourceRecordSetsRecordTypes": ["A", "AAAA", "CNAME", "TXT"],
    }
    zones = aws.partition_arn("route53", "", "", "hostedzone/*")
    return [
        _allow("route53", ["ChangeResourceRecordSets"], zones, **{"ForAllValues:StringLike": own}),
        _allow("route53", ["ListResourceRecordSets", "ListTagsForResource", "ListTagsForResources"], zones),
        _allow("route53", ["ListHostedZones"], "*"),
    ]


def _karpenter(site: Site) -> list[str]:
    """The policies that the CloudFormation template of Karpenter makes."""
    return [
        aws.partition_arn("iam", "", site.cluster.account, f"policy/KarpenterController{one}Policy-{site.name}")
        for one in _KARPENTER_POLICIES
    ]
