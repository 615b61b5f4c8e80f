"""eksctl's ClusterConfig: the cluster itself, its network, its people, its first nodes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from argocd.identities import associations
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.rendering import Rendering
from groundwork.kube.subnets import SERVICE_RANGE

__all__ = ["ADMIN_POLICY", "PEOPLE", "audit_days", "cluster_config", "role_arn"]

PEOPLE = ("cluster-admin", "admin", "operator", "viewer")

ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
# Keeps everything but controllers off the nodes that are there before any NodePool. Auto Mode's own pool has it as well.
_RESERVED = "CriticalAddonsOnly"


def role_arn(site: Site, kind: str) -> str:
    """A role that bootstrap makes: of people (`PEOPLE`), of the cluster itself or of nodes."""
    name = aws.node_role(site) if kind == "node" else aws.bootstrap_role(site, kind)
    return aws.partition_arn("iam", "", site.cluster.account, f"role/{name}")


def audit_days(site: Site) -> int:
    """How long the control plane's logs are kept, who did what among them."""
    return 365 if site.cluster.environment == "production" else 30


def cluster_config(site: Site, renderings: Iterable[Rendering]) -> dict[str, Any]:
    """The manifest that `eksctl create cluster -f` takes."""
    cluster = site.cluster
    production = cluster.environment == "production"
    config: dict[str, Any] = {
        "apiVersion": "eksctl.io/v1alpha5",
        "kind": "ClusterConfig",
        "metadata": {
            "name": site.name,
            "region": cluster.region,
            "version": cluster.kubernetes,
            "tags": aws.tags(site),
        },
        "availabilityZones": list(site.region.zones[:3]),
        "vpc": {
            "cidr": cluster.network.cidr,
            "nat": {"gateway": "HighlyAvailable" if production else "Single"},
            # bootstrap.md says how people reach it. CI never has to: Argo CD fetches, nobody pushes.
            "clusterEndpoints": {"privateAccess": True, "publicAccess": False},
        },
        "kubernetesNetworkConfig": {"serviceIPv4CIDR": SERVICE_RANGE},
        "secretsEncryption": {
            "keyARN": aws.partition_arn("kms", cluster.region, cluster.account, aws.key_alias(site)),
        },
        # Beyond standard support an hour costs six times as much; a forgotten cluster is upgraded instead.
        "upgradePolicy": {"supportType": "STANDARD"},
        "zonalShiftConfig": {"enabled": production},
        "cloudWatch": {"clusterLogging": {"enableTypes": ["*"], "logRetentionInDays": audit_days(site)}},
        "accessConfig": _access(site),
        "iam": {"podIdentityAssociations": associations(site, renderings)},
        # What is listed is what there is: eksctl adds nothing by itself.
        "addonsConfig": {"disableDefaultAddons": True},
    }
    if cluster.nodes == "auto":
        config["iam"]["serviceRoleARN"] = role_arn(site, "cluster")
        return config | _auto(site)
    return config | _self_managed(site)


def _access(site: Site) -> dict[str, Any]:
    groups = site.organisation.groups
    everything = {"accessPolicies": [{"policyARN": ADMIN_POLICY, "accessScope": {"type": "cluster"}}]}
    entries: list[dict[str, Any]] = [
        {"principalARN": role_arn(site, "cluster-admin"), **everything},
        # No policy of AWS's: what these groups may do stands in the tree, namespace by namespace.
        {"principalARN": role_arn(site, "admin"), "kubernetesGroups": [groups.admins]},
        {"principalARN": role_arn(site, "operator"), "kubernetesGroups": [groups.operators]},
        {"principalARN": role_arn(site, "viewer"), "kubernetesGroups": [groups.viewers]},
    ]
    if site.cluster.nodes == "karpenter":
        # EKS makes this entry itself for managed node groups and for the nodes of Auto Mode.
        entries.append({"principalARN": role_arn(site, "node"), "type": "EC2_LINUX"})
    return {
        "authenticationMode": "API",
        # Whoever happens to run eksctl is not an administrator for ever; the entries below say who is.
        "bootstrapClusterCreatorAdminPermissions": False,
        "accessEntries": entries,
    }


def _auto(site: Site) -> dict[str, Any]:
    """Only the built-in pool for controllers: what Argo CD needs to start. All other pools are ours, with limits."""
    mode = {"enabled": True, "nodePools": ["system"], "nodeRoleARN": role_arn(site, "node")}
    return {"autoModeConfig": mode, "addons": [_metrics_server()]}


def _self_managed(site: Site) -> dict[str, Any]:
    """Add-ons come in the version that EKS holds for best with this Kubernetes version; `eksctl update addon` moves them."""
    return {
        "addons": [
            {"name": "eks-pod-identity-agent"},
            {
                "name": "vpc-cni",
                "configurationValues": json.dumps({"enableNetworkPolicy": "true"}),
                "useDefaultPodIdentityAssociations": True,
            },
            {"name": "kube-proxy"},
            {"name": "coredns"},
            {"name": "aws-ebs-csi-driver", "useDefaultPodIdentityAssociations": True},
            _metrics_server(),
        ],
        "managedNodeGroups": [_system_nodes(site)],
    }


def _metrics_server() -> dict[str, Any]:
    """It has to run on the nodes that are there: the others come later, by Git."""
    tolerations = [{"key": _RESERVED, "operator": "Exists"}]
    return {"name": "metrics-server", "configurationValues": json.dumps({"tolerations": tolerations})}


def _system_nodes(site: Site) -> dict[str, Any]:
    """For Karpenter, which cannot run on nodes that it makes, and for Argo CD, which brings Karpenter."""
    least = 3 if site.cluster.environment == "production" else 2
    return {
        "name": "system",
        "instanceTypes": ["m7g.large"],
        "amiFamily": "AmazonLinux2023",
        "minSize": least,
        "desiredCapacity": least,
        "maxSize": least + 1,
        "privateNetworking": True,
        "volumeSize": 50,
        "volumeType": "gp3",
        "volumeEncrypted": True,
        "disableIMDSv1": True,
        # One hop: a pod in its own network namespace cannot reach the node's credentials.
        "disablePodIMDS": True,
        "nodeRepairConfig": {"enabled": True},
        "taints": [{"key": _RESERVED, "value": "true", "effect": "NoSchedule"}],
    }
