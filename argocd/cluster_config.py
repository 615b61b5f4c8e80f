"""eksctl's ClusterConfig: the cluster itself, its network, its people, and the few roles that must be there before ACK."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.subnets import SERVICE_RANGE

__all__ = ["cluster_config", "key_alias", "people_role"]

_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def key_alias(site: Site) -> str:
    """The alias of the KMS key that encrypts Secrets."""
    return f"{site.organisation.name}-{site.name}"


def people_role(site: Site, kind: str) -> str:
    """The IAM role that people of a kind (admin, operator, viewer) take on."""
    return aws.partition_arn("iam", "", site.cluster.account, f"role/{site.organisation.name}-{site.name}-{kind}")


def cluster_config(site: Site) -> dict[str, Any]:
    """The manifest that `eksctl create cluster -f` takes."""
    cluster = site.cluster
    production = cluster.environment == "production"
    key = aws.partition_arn("kms", cluster.region, cluster.account, f"alias/{key_alias(site)}")
    config: dict[str, Any] = {
        "apiVersion": "eksctl.io/v1alpha5",
        "kind": "ClusterConfig",
        "metadata": {
            "name": site.name,
            "region": cluster.region,
            "version": cluster.kubernetes,
            "tags": {"groundwork/cluster": site.name, "groundwork/environment": cluster.environment},
        },
        "availabilityZones": list(site.region.zones[:3]),
        "vpc": {
            "cidr": cluster.network.cidr,
            "nat": {"gateway": "HighlyAvailable" if production else "Single"},
            # bootstrap.md says how people and CI reach it.
            "clusterEndpoints": {"privateAccess": True, "publicAccess": False},
        },
        "kubernetesNetworkConfig": {"serviceIPv4CIDR": SERVICE_RANGE},
        "secretsEncryption": {"keyARN": key},
        "cloudWatch": {"clusterLogging": {"enableTypes": ["*"], "logRetentionInDays": 90 if production else 30}},
        "accessConfig": _access(site),
        "iam": {"podIdentityAssociations": _associations(site)},
    }
    return config | (_auto() if cluster.nodes == "auto" else _self_managed())


def _access(site: Site) -> dict[str, Any]:
    groups = site.organisation.groups
    admin = {"accessPolicies": [{"policyARN": _POLICY, "accessScope": {"type": "cluster"}}]}
    return {
        "authenticationMode": "API",
        # Whoever happens to run eksctl is not an administrator for ever; the entries below say who is.
        "bootstrapClusterCreatorAdminPermissions": False,
        "accessEntries": [
            {"principalARN": people_role(site, "admin"), **admin},
            {"principalARN": people_role(site, "operator"), "kubernetesGroups": [groups.operators]},
            {"principalARN": people_role(site, "viewer"), "kubernetesGroups": [groups.viewers]},
        ],
    }


def _auto() -> dict[str, Any]:
    """Only the built-in pool for controllers: what Argo CD needs to start. All other pools are ours, with limits."""
    return {"autoModeConfig": {"enabled": True, "nodePools": ["system"]}, "addons": [{"name": "metrics-server"}]}


def _self_managed() -> dict[str, Any]:
    return {
        "addons": [
            {
                "name": "vpc-cni",
                "configurationValues": '{"enableNetworkPolicy": "true"}',
                "useDefaultPodIdentityAssociations": True,
            },
            {"name": "coredns"},
            {"name": "kube-proxy"},
            {"name": "eks-pod-identity-agent"},
            {"name": "aws-ebs-csi-driver", "useDefaultPodIdentityAssociations": True},
            {"name": "metrics-server"},
        ],
        "managedNodeGroups": [
            {
                "name": "system",
                "instanceTypes": ["m7g.large"],
                "amiFamily": "AmazonLinux2023",
                "minSize": 2,
                "maxSize": 3,
                "desiredCapacity": 2,
                "privateNetworking": True,
                "volumeSize": 50,
                "volumeType": "gp3",
                "volumeEncrypted": True,
                "disableIMDSv1": True,
                "disablePodIMDS": True,
                "taints": [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NoSchedule"}],
            }
        ],
    }


def _associations(site: Site) -> list[dict[str, Any]]:
    """Only what has to work before ACK does, or what ACK itself needs; every other role is an object in the tree."""
    cluster, name = site.cluster, site.name
    role = aws.partition_arn("iam", "", cluster.account, f"role/{name}-*")
    wanted = [
        _association(site, "ack-system", "ack-iam-controller", _IAM_ACTIONS, role),
        _association(site, "ack-system", "ack-eks-controller", _EKS_ACTIONS, _eks(site), also=[_pass(role)]),
        _association(
            site, "ack-system", "ack-s3-controller", _S3_ACTIONS, f"arn:aws:s3:::{site.organisation.name}-{name}-*"
        ),
        _association(site, "ack-system", "ack-prometheusservice-controller", _APS_ACTIONS, _aps(site)),
        _association(site, "external-secrets", "external-secrets", _SECRET_ACTIONS, _secrets(site)),
        {"namespace": "cert-manager", "serviceAccountName": "cert-manager", "wellKnownPolicies": {"certManager": True}},
    ]
    if cluster.nodes == "karpenter":
        controller = "aws-load-balancer-controller"
        known = {"awsLoadBalancerController": True}
        wanted.append({"namespace": controller, "serviceAccountName": controller, "wellKnownPolicies": known})
        policy = aws.partition_arn("iam", "", cluster.account, f"policy/KarpenterControllerPolicy-{name}")
        wanted.append({"namespace": "karpenter", "serviceAccountName": "karpenter", "permissionPolicyARNs": [policy]})
    return wanted


_IAM_ACTIONS = [
    f"iam:{action}"
    for action in (
        "CreateRole",
        "DeleteRole",
        "DeleteRolePolicy",
        "GetRole",
        "GetRolePolicy",
        "ListAttachedRolePolicies",
        "ListRolePolicies",
        "ListRoleTags",
        "PutRolePolicy",
        "TagRole",
        "UntagRole",
        "UpdateAssumeRolePolicy",
        "UpdateRole",
    )
]
_EKS_ACTIONS = [
    f"eks:{action}"
    for action in (
        "CreatePodIdentityAssociation",
        "DeletePodIdentityAssociation",
        "DescribePodIdentityAssociation",
        "ListPodIdentityAssociations",
        "TagResource",
        "UntagResource",
        "UpdatePodIdentityAssociation",
    )
]
_S3_ACTIONS = [
    "s3:CreateBucket",
    "s3:GetBucket*",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucket",
    "s3:PutBucket*",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
]
_APS_ACTIONS = [
    "aps:CreateWorkspace",
    "aps:DescribeWorkspace",
    "aps:ListTagsForResource",
    "aps:ListWorkspaces",
    "aps:TagResource",
    "aps:UntagResource",
    "aps:UpdateWorkspaceAlias",
]
_SECRET_ACTIONS = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]


def _association(
    site: Site,
    namespace: str,
    service_account: str,
    actions: list[str],
    resource: str | list[str],
    *,
    also: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    policy = {"Version": "2012-10-17", "Statement": [statement, *(also or [])]}
    return {
        "namespace": namespace,
        "serviceAccountName": service_account,
        "roleName": f"{site.name}-{service_account}"[:64],
        "permissionPolicy": policy,
    }


def _pass(role: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": ["iam:PassRole", "iam:GetRole"], "Resource": role}


def _eks(site: Site) -> list[str]:
    cluster = site.cluster
    return [
        aws.partition_arn("eks", cluster.region, cluster.account, f"cluster/{site.name}"),
        aws.partition_arn("eks", cluster.region, cluster.account, f"podidentityassociation/{site.name}/*"),
    ]


def _aps(site: Site) -> str:
    return aws.partition_arn("aps", site.cluster.region, site.cluster.account, "*")


def _secrets(site: Site) -> str:
    prefix = f"secret:{site.organisation.name}/{site.name}/*"
    return aws.partition_arn("secretsmanager", site.cluster.region, site.cluster.account, prefix)
