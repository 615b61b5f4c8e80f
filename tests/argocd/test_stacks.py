"""The CloudFormation templates: what a cluster stands on, and that pods reach AWS."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from argocd.cluster_config import PEOPLE
from argocd.stacks import endpoint_services
from groundwork.fleet.site import Fleet
from groundwork.kube import aws
from groundwork.kube.rendering import Rendering
from groundwork.kube.stage import Stage
from tests.argocd.delivered import Delivered


def resources(delivered: Delivered, template: str) -> dict[str, dict[str, Any]]:
    """The resources of a template, by logical name."""
    found: dict[str, dict[str, Any]] = delivered.data(template)["Resources"]
    return found


def reaching(*services: str) -> list[Rendering]:
    """A component whose pods reach these AWS services."""
    made = Rendering(component="thing", project="data", stage=Stage.DATA, namespace="ai-data")
    made.aws_services.extend(services)
    return [made]


def test_every_service_that_pods_reach_has_an_endpoint(fleet: Fleet) -> None:
    """Policies open the private subnets only, so without the endpoint the service is out of reach."""
    names = endpoint_services(fleet.site("prod-us-east-2"), reaching("aps-workspaces", "sqs"))

    assert names["aps-workspaces"] == "com.amazonaws.us-east-2.aps-workspaces"
    assert names["sqs"] == "com.amazonaws.us-east-2.sqs"
    assert {"ecr.api", "ecr.dkr", "eks-auth", "s3", "sts"} <= {*names}


def test_global_services_are_reached_across_regions(auto: Delivered, karpenter: Delivered) -> None:
    """IAM and Route 53 have endpoints in one region; ACK and cert-manager need them in each."""
    at_home, away = (resources(one, "cluster.template")["EndpointIam"]["Properties"] for one in (auto, karpenter))

    assert at_home["ServiceName"] == away["ServiceName"] == "com.amazonaws.iam"
    assert "ServiceRegion" not in at_home
    assert away["ServiceRegion"] == "us-east-1"


def test_prices_have_an_endpoint_where_aws_offers_one(fleet: Fleet) -> None:
    """A template that names an endpoint which does not exist cannot be deployed at all."""
    assert endpoint_services(fleet.site("prod-us-east-1"), reaching("pricing"))["pricing"].endswith(".pricing.api")
    assert "pricing" not in endpoint_services(fleet.site("prod-us-east-2"), reaching("pricing"))


def test_endpoints_have_an_address_in_every_zone_of_production(delivered: Delivered) -> None:
    """Elsewhere one zone is enough, and costs a third."""
    subnets = resources(delivered, "cluster.template")["EndpointSts"]["Properties"]["SubnetIds"]

    production = delivered.site.cluster.environment == "production"
    assert ("Fn::Split" in subnets) == production


def test_only_this_vpc_reaches_its_endpoints(delivered: Delivered) -> None:
    """On one port."""
    rules = resources(delivered, "cluster.template")["EndpointAccess"]["Properties"]["SecurityGroupIngress"]

    assert rules == [
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": delivered.site.cluster.network.cidr}
    ]


def test_the_groups_of_tenants_mean_something(delivered: Delivered) -> None:
    """RoleBindings name groups of the identity provider; the cluster has to believe it."""
    oidc = resources(delivered, "cluster.template")["SignIn"]["Properties"]["Oidc"]

    assert oidc["IssuerUrl"] == delivered.site.organisation.identity.issuer
    assert oidc["GroupsClaim"] == "groups"


def test_the_key_outlives_everything(delivered: Delivered) -> None:
    """Whoever deletes the stack must not delete the backups with it."""
    key = resources(delivered, "account.template")["Key"]

    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert key["Properties"]["EnableKeyRotation"] is True


def test_the_control_planes_logs_are_locked_and_end(delivered: Delivered) -> None:
    """EKS makes the group itself where it finds none: in the clear. eksctl sets the same retention."""
    found = resources(delivered, "account.template")
    group = found["ControlPlaneLogs"]["Properties"]
    logging = found["Key"]["Properties"]["KeyPolicy"]["Statement"][1]
    eksctl = delivered.one("ClusterConfig")["cloudWatch"]["clusterLogging"]

    assert group["LogGroupName"] == f"/aws/eks/{delivered.site.name}/cluster"
    assert group["KmsKeyId"] == {"Fn::GetAtt": ["Key", "Arn"]}
    assert logging["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"].endswith(group["LogGroupName"])
    assert group["RetentionInDays"] == eksctl["logRetentionInDays"]


def test_somebody_is_written_to_before_the_money_is_gone(delivered: Delivered) -> None:
    """At 80 %, at 100 %, and when the month is on its way there; for what bears this cluster's tag alone."""
    budget = resources(delivered, "account.template")["Budget"]["Properties"]
    warned = [
        (one["Notification"]["NotificationType"], one["Notification"]["Threshold"])
        for one in budget["NotificationsWithSubscribers"]
    ]
    (tag,) = budget["Budget"]["CostFilters"]["TagKeyValue"]
    key, _, value = tag.removeprefix("user:").partition("$")

    assert budget["Budget"]["BudgetLimit"]["Amount"] == delivered.site.cluster.budget.usd_per_month
    assert warned == [("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    assert aws.tags(delivered.site)[key] == value
    assert delivered.one("ClusterConfig")["metadata"]["tags"][key] == value


def test_the_boundary_keeps_pods_from_making_rights(delivered: Delivered) -> None:
    """Whatever the policy of a pod's role says."""
    boundary = resources(delivered, "account.template")["WorkloadBoundary"]["Properties"]
    (statement,) = boundary["PolicyDocument"]["Statement"]

    assert aws.boundary_arn(delivered.site).endswith(f":policy/{boundary['ManagedPolicyName']}")
    assert {"iam:*", "eks:*", "sts:AssumeRole*"} <= {*statement["NotAction"]}


def test_every_role_that_the_cluster_names_is_made(delivered: Delivered) -> None:
    """EKS refuses an access entry for a role that does not exist. Karpenter's template makes the role of its nodes."""
    made = {
        one["Properties"]["RoleName"]
        for one in resources(delivered, "account.template").values()
        if one["Type"] == "AWS::IAM::Role"
    }
    entries = delivered.one("ClusterConfig")["accessConfig"]["accessEntries"]
    named = {one["principalARN"].rpartition("/")[2] for one in entries}
    nodes = aws.node_role(delivered.site)

    assert named - {nodes} <= made
    assert (nodes in made) == (delivered.site.cluster.nodes == "auto")


def test_auto_mode_may_set_the_tags_of_node_classes(auto: Delivered, karpenter: Delivered) -> None:
    """AWS's own policies allow it no tags but its own: every machine of ours would be refused."""
    role = resources(auto, "account.template")["ClusterRole"]["Properties"]
    machines, _ = role["Policies"][0]["PolicyDocument"]["Statement"]
    tagged = [one for one in auto.of_kind("NodeClass") if one["spec"].get("tags")]

    assert tagged
    assert auto.one("ClusterConfig")["iam"]["serviceRoleARN"].endswith(f":role/{role['RoleName']}")
    assert {"ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances"} == {*machines["Action"]}
    assert "ForAllValues:StringLike" not in machines["Condition"]
    assert "ClusterRole" not in resources(karpenter, "account.template")


def test_names_of_roles_stay_within_what_aws_takes(fleet: Fleet) -> None:
    """64 characters, for the longest names that may be declared."""
    site = fleet.site("prod-us-east-1")
    organisation = site.organisation.model_copy(update={"name": "o" * 20})
    cluster = site.cluster.model_copy(update={"name": "c" * 40})
    long = dataclasses.replace(site, organisation=organisation, cluster=cluster)

    names = {aws.bootstrap_role(long, kind) for kind in (*PEOPLE, "node")}

    assert len(names) == 5
    assert max(map(len, names)) <= 64


def test_the_edges_certificate_is_proved_by_the_stack_that_asks_for_it(auto: Delivered) -> None:
    """Nobody copies a record by hand; every host of the cluster is below the name."""
    (certificate,) = resources(auto, "certificate.template").values()
    properties = certificate["Properties"]

    assert properties["DomainName"] == f"*.{auto.site.domain}"
    assert properties["DomainValidationOptions"] == [
        {"DomainName": properties["DomainName"], "HostedZoneId": {"Ref": "HostedZone"}}
    ]
    assert "--parameter-overrides HostedZone=" in auto.document("bootstrap.md")


def test_where_the_edge_has_a_certificate_of_its_own_there_is_no_other(karpenter: Delivered) -> None:
    """That of kgateway comes from Let's Encrypt, by cert-manager."""
    assert not [path for path in karpenter.files if path.name == "certificate.template"]


# What IAM calls a service, where its endpoint has another name.
ENDPOINTS = {"aps": "aps-workspaces", "bedrock": "bedrock-runtime", "es": None, "kms": None}


def test_every_service_that_a_pod_has_rights_for_is_within_its_reach(delivered: Delivered) -> None:
    """A right without an endpoint is a time-out. KMS is asked by S3 and EC2, a domain of OpenSearch stands in the VPC."""
    roles = [one for one in delivered.of_kind("Role") if "iam." in one["apiVersion"]]
    policies = [json.loads(text) for one in roles for text in one["spec"]["inlinePolicies"].values()]
    actions = {action for policy in policies for one in policy["Statement"] for action in one["Action"]}
    services = {action.partition(":")[0] for action in actions}
    needed = {ENDPOINTS.get(service, service) for service in services} - {None}
    names = {
        str(one["Properties"]["ServiceName"]).rpartition(".")[2]
        for one in resources(delivered, "cluster.template").values()
        if one["Type"] == "AWS::EC2::VPCEndpoint"
    }

    assert "s3" in needed
    assert needed <= names


def test_every_controller_of_acks_has_an_endpoint(delivered: Delivered) -> None:
    """Each speaks to the service that it is named after."""
    charts = [
        source["chart"].removesuffix("-chart")
        for one in delivered.of_kind("Application")
        if one["metadata"]["name"] == "ack"
        for source in one["spec"]["sources"]
        if "chart" in source
    ]
    found = resources(delivered, "cluster.template")
    endpoints = {str(one["Properties"].get("ServiceName")) for one in found.values()}
    told = {"cloudwatchlogs": "logs", "ecr": "ecr.api", "prometheusservice": "aps"}

    assert len(charts) > 5
    assert all(any(name.endswith(f".{told.get(one, one)}") for name in endpoints) for one in charts)
