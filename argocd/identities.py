"""Pod Identity of what must reach AWS before ACK works, is ACK, or has pods of a chart, which wait for no role.

Every other role is an object in the tree.

The roles get names of eksctl's own making. ACK may write roles whose names begin with the cluster's, so one named like that
could be given more rights by the very controller that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from argocd.ack import RIGHTS
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.rendering import Rendering

__all__ = ["associations"]

_KARPENTER_POLICIES = (
    "EKSIntegration",
    "IAMIntegration",
    "Interruption",
    "NodeLifecycle",
    "ResourceDiscovery",
    "ZonalShift",
)


def associations(site: Site, renderings: Iterable[Rendering]) -> list[dict[str, Any]]:
    """The `podIdentityAssociations` of the ClusterConfig.

    Raises:
        LookupError: a controller of ACK runs here whose rights nobody has written down.
    """
    wanted = [
        *(_ack(site, service) for service in _services(renderings)),
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


def _services(renderings: Iterable[Rendering]) -> list[str]:
    """The services that ACK has a controller for here."""
    charts = (release.chart for one in renderings if one.component == "ack" for release in one.charts)
    return sorted(chart.removesuffix("-chart") for chart in charts)


def _ack(site: Site, service: str) -> dict[str, Any]:
    if service not in RIGHTS:
        message = f"argocd/ack.py does not say what the controller of '{service}' may do: add it to RIGHTS"
        raise LookupError(message)
    return _association("ack-system", f"ack-{service}-controller", permissionPolicy=_document(RIGHTS[service](site)))


def _document(statements: Sequence[aws.Statement]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _secrets(site: Site) -> list[aws.Statement]:
    names = f"secret:{site.organisation.name}/{site.name}/*"
    secrets = aws.partition_arn("secretsmanager", site.cluster.region, site.cluster.account, names)
    return [aws.allow("secretsmanager", ["DescribeSecret", "GetSecretValue"], secrets)]


def _names(site: Site) -> list[aws.Statement]:
    """Host names below this cluster's domain, in whichever zone: a zone's identifier is Route 53's choice."""
    own = {
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [f"*.{site.domain}"],
        "route53:ChangeResourceRecordSetsRecordTypes": ["A", "AAAA", "CNAME", "TXT"],
    }
    zones = aws.partition_arn("route53", "", "", "hostedzone/*")
    return [
        aws.allow("route53", ["ChangeResourceRecordSets"], zones, **{"ForAllValues:StringLike": own}),
        aws.allow("route53", ["ListResourceRecordSets", "ListTagsForResource", "ListTagsForResources"], zones),
        aws.allow("route53", ["ListHostedZones"], "*"),
    ]


def _karpenter(site: Site) -> list[str]:
    """The policies that the CloudFormation template of Karpenter makes."""
    return [
        aws.partition_arn("iam", "", site.cluster.account, f"policy/KarpenterController{one}Policy-{site.name}")
        for one in _KARPENTER_POLICIES
    ]
