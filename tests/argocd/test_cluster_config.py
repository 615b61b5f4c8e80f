"""The ClusterConfig: that eksctl takes it, and what a cluster made of it is like."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest

from groundwork.catalog.apis import eksctl_schema
from groundwork.kube import aws
from groundwork.kube.subnets import API_SERVICE, SERVICE_RANGE
from tests.argocd.delivered import Deliver, Delivered


def config(delivered: Delivered) -> dict[str, Any]:
    """The manifest itself."""
    return delivered.one("ClusterConfig")


def problems(body: dict[str, Any]) -> list[str]:
    """What eksctl's own schema has against it."""
    return [error.message for error in jsonschema.Draft7Validator(eksctl_schema()).iter_errors(body)]


def statements(delivered: Delivered, service_account: str) -> list[dict[str, Any]]:
    """What a controller may do in AWS."""
    associations = config(delivered)["iam"]["podIdentityAssociations"]
    (found,) = (one for one in associations if one["serviceAccountName"] == service_account)
    policy: list[dict[str, Any]] = found["permissionPolicy"]["Statement"]
    return policy


def test_eksctl_takes_it(delivered: Delivered) -> None:
    """A field that eksctl does not know stops it; one with a letter wrong is seen here."""
    wrong = copy.deepcopy(config(delivered))
    wrong["vpc"]["clusterEndpoint"] = wrong["vpc"].pop("clusterEndpoints")

    assert problems(config(delivered)) == []
    assert problems(wrong)


def test_the_api_server_is_private_and_its_secrets_have_our_key(delivered: Delivered) -> None:
    """The key is named by its alias: AWS chooses the key's own identifier."""
    body, site = config(delivered), delivered.site

    assert body["vpc"]["clusterEndpoints"] == {"privateAccess": True, "publicAccess": False}
    assert body["secretsEncryption"]["keyARN"].endswith(f":alias/{site.organisation.name}-{site.name}")


def test_the_range_of_services_is_the_one_that_policies_name(delivered: Delivered) -> None:
    """Pods reach the API server at its first address; with another range no policy would open the way."""
    assert config(delivered)["kubernetesNetworkConfig"] == {"serviceIPv4CIDR": SERVICE_RANGE}
    assert API_SERVICE.startswith(SERVICE_RANGE.rpartition(".0/")[0])


def test_people_come_in_by_four_roles_of_which_none_is_like_another(delivered: Delivered) -> None:
    """Nobody becomes an administrator by running eksctl, and one role alone has a policy of AWS's."""
    access = config(delivered)["accessConfig"]
    entries = {one["principalARN"]: one for one in access["accessEntries"] if "type" not in one}
    rights = {str([one.get("accessPolicies"), one.get("kubernetesGroups")]) for one in entries.values()}
    policies = [one["accessPolicies"][0]["policyARN"] for one in entries.values() if "accessPolicies" in one]

    assert access["bootstrapClusterCreatorAdminPermissions"] is False
    assert access["authenticationMode"] == "API"
    assert len(entries) == len(rights) == 4
    assert policies == ["arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"]


def test_the_groups_of_access_entries_are_those_of_role_bindings(delivered: Delivered) -> None:
    """A group that nobody binds may nothing; each is bound to the role of its own in every namespace of the platform."""
    entries = config(delivered)["accessConfig"]["accessEntries"]
    named = [group for one in entries for group in one.get("kubernetesGroups", [])]
    bound = {
        (subject["name"], one["roleRef"]["name"])
        for one in delivered.of_kind("RoleBinding")
        for subject in one["subjects"]
    }
    roles = [{role for group, role in bound if group == name} for name in named]

    assert roles == [{"agent-admin"}, {"agent-operator"}, {"agent-viewer"}]


def test_auto_mode_is_not_given_what_it_brings(auto: Delivered) -> None:
    """A second network plugin or storage driver on nodes of Auto Mode breaks both. Its general pool has no limits."""
    body = config(auto)

    assert [one["name"] for one in body["addons"]] == ["metrics-server"]
    assert body["autoModeConfig"]["nodePools"] == ["system"]
    assert "managedNodeGroups" not in body


def test_self_managed_nodes_get_what_auto_mode_would_bring(karpenter: Delivered) -> None:
    """Above all the agent of Pod Identity, and a network plugin that enforces policies."""
    addons = {one["name"]: one for one in config(karpenter)["addons"]}

    assert {*addons} >= {"vpc-cni", "coredns", "kube-proxy", "eks-pod-identity-agent", "aws-ebs-csi-driver"}
    assert json.loads(addons["vpc-cni"]["configurationValues"]) == {"enableNetworkPolicy": "true"}
    assert addons["aws-ebs-csi-driver"]["useDefaultPodIdentityAssociations"] is True


def test_pods_cannot_take_the_credentials_of_the_first_nodes(karpenter: Delivered) -> None:
    """One hop and tokens, private addresses, encrypted disks."""
    (group,) = config(karpenter)["managedNodeGroups"]

    assert group["disablePodIMDS"] is True
    assert group["disableIMDSv1"] is True
    assert group["privateNetworking"] is True
    assert group["volumeEncrypted"] is True


def test_the_metrics_server_can_run_before_there_are_other_nodes(delivered: Delivered) -> None:
    """The only nodes keep everything off that does not say CriticalAddonsOnly."""
    (metrics,) = (one for one in config(delivered)["addons"] if one["name"] == "metrics-server")

    assert json.loads(metrics["configurationValues"])["tolerations"] == [
        {"key": "CriticalAddonsOnly", "operator": "Exists"}
    ]


@pytest.mark.parametrize("cluster", ["prod-us-east-1", "prod-us-east-2"])
def test_nodes_have_one_role_everywhere(deliver: Deliver, cluster: str) -> None:
    """The role that node classes name must exist, and the cluster must let its holders join."""
    delivered = deliver(cluster)
    role = aws.node_role(delivered.site)
    classes = [body for _, body in delivered.objects if body["kind"] in ("NodeClass", "EC2NodeClass")]
    body = config(delivered)
    joining = (
        body["autoModeConfig"]["nodeRoleARN"]
        if "autoModeConfig" in body
        else next(
            one["principalARN"] for one in body["accessConfig"]["accessEntries"] if one.get("type") == "EC2_LINUX"
        )
    )

    assert {one["spec"]["role"] for one in classes} == {role}
    assert joining.endswith(f":role/{role}")


def test_karpenter_has_all_the_policies_of_its_template(karpenter: Delivered) -> None:
    """Since 1.8 there are several, and the single KarpenterControllerPolicy of older guides does not exist."""
    associations = config(karpenter)["iam"]["podIdentityAssociations"]
    (found,) = (one for one in associations if one["serviceAccountName"] == "karpenter")

    assert [
        arn.rpartition("/")[2].removesuffix(f"-{karpenter.site.name}") for arn in found["permissionPolicyARNs"]
    ] == [
        "KarpenterControllerEKSIntegrationPolicy",
        "KarpenterControllerIAMIntegrationPolicy",
        "KarpenterControllerInterruptionPolicy",
        "KarpenterControllerNodeLifecyclePolicy",
        "KarpenterControllerResourceDiscoveryPolicy",
        "KarpenterControllerZonalShiftPolicy",
    ]


def test_ack_cannot_give_itself_rights(delivered: Delivered) -> None:
    """It may write roles of the cluster's name; its own have other names, and it may grant nothing outside the boundary."""
    site = delivered.site
    associations = config(delivered)["iam"]["podIdentityAssociations"]
    granting = [one for one in statements(delivered, "ack-iam-controller") if "iam:PutRolePolicy" in one["Action"]]

    assert all("roleName" not in one for one in associations)
    assert not aws.node_role(site).startswith(f"{site.name}-")
    assert [one["Condition"] for one in granting] == [
        {"StringEquals": {"iam:PermissionsBoundary": aws.boundary_arn(site)}}
    ]
    assert all(
        one["spec"]["permissionsBoundary"] == aws.boundary_arn(site)
        for one in delivered.of_kind("Role")
        if "iam." in one["apiVersion"]
    )


def test_names_are_written_below_this_clusters_domain_only(delivered: Delivered) -> None:
    """The zone is shared with other clusters, and holds whatever else the organisation has in it."""
    change, *_ = statements(delivered, "external-dns")

    assert change["Action"] == ["route53:ChangeResourceRecordSets"]
    names = change["Condition"]["ForAllValues:StringLike"]["route53:ChangeResourceRecordSetsNormalizedRecordNames"]
    assert names == [f"*.{delivered.site.domain}"]


def test_no_controller_may_write_everything(delivered: Delivered) -> None:
    """Where AWS knows no narrower resource than `*`, the actions are lists, or bound to the region."""
    associations = config(delivered)["iam"]["podIdentityAssociations"]
    everywhere = [
        statement
        for one in associations
        for statement in one.get("permissionPolicy", {}).get("Statement", [])
        if statement["Resource"] == "*"
    ]

    assert [one["Action"] for one in everywhere if "Condition" not in one] == [
        ["s3:ListAllMyBuckets"],
        ["route53:ListHostedZones"],
    ]
    assert all("*" not in action.split(":")[1][:1] for one in everywhere for action in one["Action"])


def test_external_secrets_reads_this_clusters_secrets_only(delivered: Delivered) -> None:
    """The prefix is the one under which the tree looks for them."""
    (statement,) = statements(delivered, "external-secrets")
    prefix = statement["Resource"].rpartition(":secret:")[2].removesuffix("*")
    asked = {
        entry["remoteRef"]["key"]
        for one in delivered.of_kind("ExternalSecret")
        for entry in one["spec"].get("data", ())
    }

    assert asked
    assert all(key.startswith(prefix) for key in asked)
    assert statement["Action"] == ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]


def test_policies_are_switched_on_where_aws_leaves_them_off(auto: Delivered, karpenter: Delivered) -> None:
    """Auto Mode accepts NetworkPolicies and enforces none until this ConfigMap is there."""
    switch = auto.one("ConfigMap", "amazon-vpc-cni", "bootstrap")

    assert switch["metadata"]["namespace"] == "kube-system"
    assert switch["data"] == {"enable-network-policy-controller": "true"}
    assert not list(karpenter.of_kind("ConfigMap", "bootstrap"))


def test_the_network_spans_three_zones(delivered: Delivered) -> None:
    """In each there is a public and a private subnet, of eksctl's making."""
    body = config(delivered)

    assert len(set(body["availabilityZones"])) == 3
    assert body["vpc"]["cidr"] == delivered.site.cluster.network.cidr


def test_a_zone_that_fails_takes_nobody_elses_way_out(delivered: Delivered) -> None:
    """In production each zone has its own NAT; elsewhere one is enough, and a third of the price."""
    production = delivered.site.cluster.environment == "production"

    assert config(delivered)["vpc"]["nat"]["gateway"] == ("HighlyAvailable" if production else "Single")


def test_the_control_plane_logs_everything(delivered: Delivered) -> None:
    """Audit and authenticator above all: who did what, by which role."""
    assert config(delivered)["cloudWatch"]["clusterLogging"]["enableTypes"] == ["*"]


def test_people_and_ci_read_how_they_get_in(delivered: Delivered) -> None:
    """The API server answers inside the VPC only, so the page says three ways, and that CI needs none."""
    way_in = delivered.document("bootstrap.md").partition("A way in")[2].partition("\n## ")[0]

    assert all(word in way_in for word in ("CloudShell", "VPN", "CI has no way in and needs none"))
    assert aws.bootstrap_role(delivered.site, "cluster-admin") in way_in
