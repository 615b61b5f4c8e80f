"""CloudFormation templates, for what is neither eksctl's nor ACK's: what a cluster is built on, and what its VPC needs.

The first stands before the cluster: the key of its Secrets, the roles of its people and nodes, the bound of its pods' roles, the
log group of its control plane, and the budget.
The second needs its VPC: an endpoint for every AWS service that pods reach, because policies let them reach nothing of AWS
but addresses in the private subnets; and the identity provider, whose groups the RoleBindings of tenants name.
A third is for edges that are load balancers of AWS: their certificate. ACK could ask for one, and nobody would prove to ACM that
the domain is ours; CloudFormation writes the record that does, and ACM renews it for as long as the record stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from argocd.cluster_config import PEOPLE, audit_days
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.rendering import Rendering

__all__ = [
    "ACCOUNT_STACK",
    "CERTIFICATE_STACK",
    "CLUSTER_STACK",
    "KARPENTER_STACK",
    "account_template",
    "certificate_template",
    "cluster_template",
    "endpoint_services",
]

Template = dict[str, Any]

# Names of the stacks, each with the cluster's name in it. Karpenter's documentation calls its own like this.
ACCOUNT_STACK = "groundwork-{}-account"
CERTIFICATE_STACK = "groundwork-{}-certificate"
CLUSTER_STACK = "groundwork-{}-cluster"
KARPENTER_STACK = "Karpenter-{}"

_CLUSTER_POLICIES = (
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
_NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
# What a pod's role can never do, whatever its own policy says: anything that makes new rights out of old ones.
_NEVER = ["account:*", "eks:*", "iam:*", "organizations:*", "sts:AssumeRole*"]
# Images, layers, Pod Identity and tokens: a node cannot start a pod without them, with or without NAT.
_FOR_NODES = ("ecr.api", "ecr.dkr", "eks-auth", "s3", "sts")
# Served from one region for all; endpoints reach across regions.
_GLOBAL = {"iam": "com.amazonaws.iam", "route53": "com.amazonaws.route53"}
_HOME_OF_GLOBAL = "us-east-1"
# Karpenter's prices. Only one region that we use has this endpoint; elsewhere it goes on with the prices it was built with.
_PRICING = {"us-east-1": "com.amazonaws.us-east-1.pricing.api"}


def account_template(site: Site) -> Template:
    """What stands before the cluster, and after it."""
    resources = {
        "Key": _key(site),
        "KeyAlias": _alias(site),
        "ControlPlaneLogs": _control_plane_logs(site),
        "WorkloadBoundary": _boundary(site),
        "Budget": _budget(site),
    }
    resources |= {f"{kind.title().replace('-', '')}Role": _person(site, kind) for kind in PEOPLE}
    if site.cluster.nodes == "auto":
        resources |= {"ClusterRole": _cluster_role(site), "NodeRole": _node_role(site)}
    return _template(f"What {site.name} is built on", resources)


def cluster_template(site: Site, renderings: Sequence[Rendering]) -> Template:
    """What needs the VPC that eksctl made."""
    resources: dict[str, Any] = {"EndpointAccess": _endpoint_access(site), "SignIn": _identity_provider(site)}
    for service, name in endpoint_services(site, renderings).items():
        resources[_logical_id(service)] = _endpoint(site, service, name)
    return _template(f"VPC endpoints and sign-in of {site.name}", resources)


def certificate_template(site: Site) -> Template:
    """For every host name of the cluster. The load balancer's controller finds it in ACM by these names."""
    names = f"*.{site.domain}"
    properties = {
        "DomainName": names,
        "ValidationMethod": "DNS",
        "DomainValidationOptions": [{"DomainName": names, "HostedZoneId": {"Ref": "HostedZone"}}],
        "Tags": _tags(site),
    }
    zone = {"HostedZone": {"Type": "AWS::Route53::HostedZone::Id", "Description": f"Of {site.organisation.domain}"}}
    certificate = {"Certificate": _resource("CertificateManager::Certificate", properties)}
    return _template(f"Certificate of {site.name}", certificate) | {"Parameters": zone}


def endpoint_services(site: Site, renderings: Iterable[Rendering]) -> dict[str, str]:
    """The services that get an endpoint, each with its name in PrivateLink."""
    region = site.cluster.region
    wanted = sorted({*_FOR_NODES, *(service for one in renderings for service in one.aws_services)})
    names = {service: _GLOBAL.get(service, f"com.amazonaws.{region}.{service}") for service in wanted}
    if "pricing" in names:
        del names["pricing"]
        names |= {"pricing": _PRICING[region]} if region in _PRICING else {}
    return names


def _template(description: str, resources: dict[str, Any]) -> Template:
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": description, "Resources": resources}


def _resource(kind: str, properties: dict[str, Any], **attributes: str) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", **attributes, "Properties": properties}


def _tags(site: Site) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in aws.tags(site).items()]


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _root(site: Site) -> str:
    return aws.partition_arn("iam", "", site.cluster.account, "root")


def _key(site: Site) -> dict[str, Any]:
    """It outlives its stack: without it, backups of the cluster's Secrets are noise."""
    region, account = site.cluster.region, site.cluster.account
    access = {"Effect": "Allow", "Principal": {"AWS": _root(site)}, "Action": "kms:*", "Resource": "*"}
    logs = aws.partition_arn("logs", region, account, f"log-group:{_control_plane(site)}")
    logging = {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": logs}},
    }
    properties = {
        "Description": f"Secrets of {site.name}, and its control plane's logs",
        "EnableKeyRotation": True,
        "PendingWindowInDays": 30,
        "KeyPolicy": _policy(access, logging),
        "Tags": _tags(site),
    }
    return _resource("KMS::Key", properties, DeletionPolicy="Retain", UpdateReplacePolicy="Retain")


def _alias(site: Site) -> dict[str, Any]:
    return _resource("KMS::Alias", {"AliasName": aws.key_alias(site), "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]}})


def _control_plane(site: Site) -> str:
    """The log group that EKS writes to; it would make it by itself, in the clear."""
    return f"/aws/eks/{site.name}/cluster"


def _control_plane_logs(site: Site) -> dict[str, Any]:
    properties = {
        "LogGroupName": _control_plane(site),
        "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]},
        "RetentionInDays": audit_days(site),
        "Tags": _tags(site),
    }
    return _resource("Logs::LogGroup", properties, DeletionPolicy="Retain", UpdateReplacePolicy="Retain")


def _budget(site: Site) -> dict[str, Any]:
    """What carries the cluster's tag, machines first of all. It warns; nothing is switched off."""
    reader = {"SubscriptionType": "EMAIL", "Address": site.organisation.contact}
    thresholds = (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
    warnings = [
        {
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": [reader],
        }
        for kind, percent in thresholds
    ]
    budget = {
        "BudgetName": f"{site.organisation.name}-{site.name}",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": site.cluster.budget.usd_per_month, "Unit": "USD"},
        "CostFilters": {"TagKeyValue": [f"user:{aws.CLUSTER_TAG}${site.name}"]},
    }
    return _resource("Budgets::Budget", {"Budget": budget, "NotificationsWithSubscribers": warnings})


def _boundary(site: Site) -> dict[str, Any]:
    name = aws.boundary_arn(site).rpartition("/")[2]
    allowed = {"Effect": "Allow", "NotAction": _NEVER, "Resource": "*"}
    description = f"The most that roles of pods in {site.name} can be given"
    properties = {"ManagedPolicyName": name, "Description": description, "PolicyDocument": _policy(allowed)}
    return _resource("IAM::ManagedPolicy", properties)


def _person(site: Site, kind: str) -> dict[str, Any]:
    """Who may take it on is said where people are: by `sts:AssumeRole` in IAM, or by the identity centre.

    What it may do in the cluster follows from its access entry; of AWS it sees only where the cluster is.
    """
    cluster = aws.partition_arn("eks", site.cluster.region, site.cluster.account, f"cluster/{site.name}")
    look = {"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": cluster}
    trust = {"Effect": "Allow", "Principal": {"AWS": _root(site)}, "Action": "sts:AssumeRole"}
    return _resource(
        "IAM::Role",
        {
            "RoleName": aws.bootstrap_role(site, kind),
            "AssumeRolePolicyDocument": _policy(trust),
            "Policies": [{"PolicyName": "cluster", "PolicyDocument": _policy(look)}],
            "Tags": _tags(site),
        },
    )


def _cluster_role(site: Site) -> dict[str, Any]:
    """What Auto Mode does its work with. AWS's own policies let it set no tags but its own, and ours are on every machine."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    return _resource(
        "IAM::Role",
        {
            "RoleName": aws.bootstrap_role(site, "cluster"),
            "AssumeRolePolicyDocument": _policy(trust),
            "ManagedPolicyArns": [f"arn:aws:iam::aws:policy/{name}" for name in _CLUSTER_POLICIES],
            "Policies": [{"PolicyName": "tags", "PolicyDocument": _policy(*_tagging())}],
            "Tags": _tags(site),
        },
    )


def _tagging() -> list[dict[str, Any]]:
    """Making machines and disks under any tag, for as long as they bear EKS's own. Source: EKS user guide, "Cluster IAM role"."""
    own = {"aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}"}
    pool = {f"aws:RequestTag/eks:kubernetes-node-{what}-name": "*" for what in ("class", "pool")}
    machines = ["CreateFleet", "CreateLaunchTemplate", "RunInstances"]
    disks = [aws.partition_arn("ec2", "*", "*", f"{kind}/*") for kind in ("snapshot", "volume")]
    return [
        aws.allow("ec2", machines, "*", StringEquals=own, StringLike=pool),
        aws.allow("ec2", ["CreateSnapshot", "CreateVolume"], disks, StringEquals=own),
    ]


def _node_role(site: Site) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return _resource(
        "IAM::Role",
        {
            "RoleName": aws.node_role(site),
            "AssumeRolePolicyDocument": _policy(trust),
            "ManagedPolicyArns": [f"arn:aws:iam::aws:policy/{name}" for name in _NODE_POLICIES],
            "Tags": _tags(site),
        },
    )


def _of_eksctl(site: Site, output: str) -> dict[str, str]:
    """An output of the stack that eksctl makes of the cluster."""
    return {"Fn::ImportValue": f"eksctl-{site.name}-cluster::{output}"}


def _endpoint_access(site: Site) -> dict[str, Any]:
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": site.cluster.network.cidr}
    properties = {
        "GroupDescription": f"VPC endpoints of {site.name}",
        "VpcId": _of_eksctl(site, "VPC"),
        "SecurityGroupIngress": [rule],
        "Tags": _tags(site),
    }
    return _resource("EC2::SecurityGroup", properties)


def _endpoint(site: Site, service: str, name: str) -> dict[str, Any]:
    subnets: Any = {"Fn::Split": [",", _of_eksctl(site, "SubnetsPrivate")]}
    if site.cluster.environment != "production":
        # Each zone costs as much as the first; outside production one is enough.
        subnets = [{"Fn::Select": [0, subnets]}]
    properties = {
        "VpcEndpointType": "Interface",
        "ServiceName": name,
        "VpcId": _of_eksctl(site, "VPC"),
        "SubnetIds": subnets,
        "SecurityGroupIds": [{"Fn::GetAtt": ["EndpointAccess", "GroupId"]}],
        "PrivateDnsEnabled": True,
        "Tags": _tags(site),
    }
    if service == "s3":
        # An interface, where a gateway would be free: NetworkPolicies cannot name the public addresses behind a gateway.
        properties["DnsOptions"] = {"PrivateDnsOnlyForInboundResolverEndpoint": "AllResolvers"}
    if service in _GLOBAL and site.cluster.region != _HOME_OF_GLOBAL:
        properties["ServiceRegion"] = _HOME_OF_GLOBAL
    return _resource("EC2::VPCEndpoint", properties)


def _logical_id(service: str) -> str:
    return "Endpoint" + "".join(part.title() for part in service.replace(".", "-").split("-"))


def _identity_provider(site: Site) -> dict[str, Any]:
    """Here and not in the ClusterConfig, because eksctl's own JSON Schema refuses every identity provider."""
    identity = site.organisation.identity
    oidc = {
        "IssuerUrl": identity.issuer,
        "ClientId": identity.client_id,
        "UsernameClaim": "email",
        "GroupsClaim": "groups",
    }
    properties = {
        "ClusterName": site.name,
        "IdentityProviderConfigName": site.organisation.name,
        "Type": "oidc",
        "Oidc": oidc,
        "Tags": _tags(site),
    }
    return _resource("EKS::IdentityProviderConfig", properties)
