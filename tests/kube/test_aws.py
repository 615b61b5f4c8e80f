"""AWS resources have names that follow from the declarations, are valid, and are nobody else's."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest

from groundwork.fleet.site import Site
from groundwork.kube import aws

LONGEST = "a" * 39


@pytest.fixture
def longest(auto: Site) -> Site:
    """The longest names of organisation (20) and cluster (40) that a declaration may have."""
    cluster = auto.cluster.model_copy(update={"name": "c" * 40})
    return dataclasses.replace(
        auto, cluster=cluster, organisation=auto.organisation.model_copy(update={"name": "o" * 20})
    )


def by_kind(bodies: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Objects by kind; there is one of each."""
    return {body["kind"]: body for body in bodies}


def test_names_tell_cluster_and_purpose(auto: Site) -> None:
    """And the bucket's the account, because buckets share one namespace with the whole world."""
    assert f"{auto.name}-litellm" == aws.role_name(auto, "litellm")
    assert f"{auto.organisation.name}-{auto.name}-models-{auto.cluster.account}" == aws.bucket_name(auto, "models")


def test_keys_and_log_groups_tell_their_cluster(auto: Site) -> None:
    """The rights of the controllers that make them are bound by these names."""
    prefix = f"{auto.organisation.name}-{auto.name}"

    assert [aws.key_alias(auto), aws.key_alias(auto, "data")] == [f"alias/{prefix}", f"alias/{prefix}-data"]
    assert aws.log_group(auto, "pods") == f"/{auto.organisation.name}/{auto.name}/pods"


@pytest.mark.parametrize(
    ("registry", "prefix"),
    [
        ("111122223333.dkr.ecr.us-east-1.amazonaws.com/cache", "cache"),
        ("harbor.example.com/cache", None),
        (None, None),
    ],
)
def test_only_the_accounts_own_registry_pulls_through_for_us(
    auto: Site, registry: str | None, prefix: str | None
) -> None:
    """Somebody else's mirror is set up by somebody else."""
    account = auto.cluster.account
    cluster = auto.cluster.model_copy(update={"registry": registry and registry.replace("111122223333", account)})

    assert aws.cache_prefix(dataclasses.replace(auto, cluster=cluster)) == prefix


def test_a_statement_has_a_condition_only_where_there_is_one() -> None:
    """IAM refuses an empty one."""
    assert "Condition" not in aws.allow("s3", ["GetObject"], "*")
    assert aws.allow("s3", ["GetObject"], "*", Bool={"aws:SecureTransport": "true"})["Condition"] == {
        "Bool": {"aws:SecureTransport": "true"}
    }


def test_bootstrap_makes_the_roles_of_nodes(auto: Site, karpenter: Site) -> None:
    """On Auto Mode under a name of ours, which does not begin like those that ACK may write; else as Karpenter's template."""
    assert f"{auto.organisation.name}-{auto.name}-node" == aws.node_role(auto) == aws.bootstrap_role(auto, "node")
    assert not aws.node_role(auto).startswith(aws.role_name(auto, ""))
    assert f"KarpenterNodeRole-{karpenter.name}" == aws.node_role(karpenter)


def test_a_role_made_from_the_tree_is_bounded(auto: Site) -> None:
    """Whoever can write a Role object must not become administrator of the account."""
    role = by_kind(aws.pod_identity(auto, "ai-data", "valkey", []))["Role"]

    assert aws.boundary_arn(auto) == role["spec"]["permissionsBoundary"]
    assert aws.boundary_arn(auto).startswith(f"arn:aws:iam::{auto.cluster.account}:policy/")


def test_the_longest_names_are_within_what_aws_allows(longest: Site) -> None:
    """64 characters for a role, 63 of a kind for a bucket."""
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", aws.role_name(longest, LONGEST + "x"))
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", aws.node_role(longest))
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", aws.bucket_name(longest, "langfuse"))


def test_the_longest_names_are_still_different(longest: Site) -> None:
    """Two models would share one role, and each could read the other's weights."""
    assert aws.role_name(longest, LONGEST + "a") != aws.role_name(longest, LONGEST + "b")


def test_the_longest_bucket_names_are_still_unique(longest: Site) -> None:
    """By purpose and by account."""
    elsewhere = dataclasses.replace(longest, cluster=longest.cluster.model_copy(update={"account": "999999999999"}))

    names = [aws.bucket_name(site, purpose) for site in (longest, elsewhere) for purpose in ("models", "metrics")]

    assert len(names) == len(set(names))


def test_arns_name_the_role(auto: Site) -> None:
    """IAM has no region."""
    assert f"arn:aws:iam::{auto.cluster.account}:role/{auto.name}-litellm" == aws.role_arn(auto, "litellm")
    assert "arn:aws:s3:::models" == aws.partition_arn("s3", "", "", "models")


def test_pods_take_on_a_role_of_their_own(auto: Site) -> None:
    """The association ties the role to one ServiceAccount of one namespace; only Pod Identity may assume it."""
    statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}

    bodies = by_kind(aws.pod_identity(auto, "ai-data", "valkey", [statement]))

    role, association = bodies["Role"]["spec"], bodies["PodIdentityAssociation"]["spec"]
    trust = json.loads(role["assumeRolePolicyDocument"])["Statement"]
    assert aws.role_name(auto, "ai-data-valkey") == role["name"]
    assert [statement] == json.loads(role["inlinePolicies"]["access"])["Statement"]
    assert [{"Service": "pods.eks.amazonaws.com"}] == [one["Principal"] for one in trust]
    assert (auto.name, "ai-data", "valkey") == tuple(
        association[key] for key in ("clusterName", "namespace", "serviceAccount")
    )
    assert (bodies["Role"]["metadata"]["name"], bodies["Role"]["metadata"]["namespace"]) == ("valkey", "ai-data")
    assert {"name": "valkey", "namespace": "ai-data"} == association["roleRef"]["from"]


def test_rights_go_with_their_objects_and_are_taken_over_where_they_stayed(auto: Site) -> None:
    """A role without pods is a right without a reason; one from an earlier life of the cluster must not stop the next."""
    bodies = by_kind(aws.pod_identity(auto, "ai-data", "valkey", []))
    annotations = {kind: body["metadata"]["annotations"] for kind, body in bodies.items()}

    assert {one["services.k8s.aws/deletion-policy"] for one in annotations.values()} == {"delete"}
    assert annotations["Role"]["services.k8s.aws/adoption-policy"] == "adopt-or-create"
    assert json.loads(annotations["Role"]["services.k8s.aws/adoption-fields"]) == {
        "name": bodies["Role"]["spec"]["name"]
    }


def test_one_service_account_in_two_namespaces_is_two_roles(auto: Site) -> None:
    """An agent runs in ai-agents and privately in a tenant's namespace, under one name."""
    names = [
        by_kind(aws.pod_identity(auto, one, "agent", []))["Role"]["spec"]["name"]
        for one in ("ai-agents", "tenant-team-a")
    ]

    assert len(names) == len(set(names))


def test_a_bucket_is_private_encrypted_and_stays(auto: Site) -> None:
    """Deleting its object from Git deletes no data."""
    body = aws.bucket(auto, "ai-data", "models")

    assert aws.bucket_name(auto, "models") == body["spec"]["name"]
    assert {True} == set(body["spec"]["publicAccessBlock"].values())
    assert 4 == len(body["spec"]["publicAccessBlock"])
    assert "Enabled" == body["spec"]["versioning"]["status"]
    assert "retain" == body["metadata"]["annotations"]["services.k8s.aws/deletion-policy"]


def test_a_bucket_is_locked_with_the_clusters_key(auto: Site) -> None:
    """By alias; the key's identifier is AWS's choice."""
    (rule,) = aws.bucket(auto, "ai-data", "models")["spec"]["encryption"]["rules"]
    encryption = rule["applyServerSideEncryptionByDefault"]

    assert "aws:kms" == encryption["sseAlgorithm"]
    assert encryption["kmsMasterKeyID"].endswith(f":{auto.cluster.account}:{aws.key_alias(auto, 'data')}")


def test_a_bucket_refuses_requests_in_the_clear(auto: Site) -> None:
    """And old versions of TLS; it allows nobody anything."""
    statements = json.loads(aws.bucket(auto, "ai-data", "models")["spec"]["policy"])["Statement"]

    assert ["Deny", "Deny"] == [one["Effect"] for one in statements]
    assert [{"Bool": {"aws:SecureTransport": "false"}}, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}] == [
        one["Condition"] for one in statements
    ]


def test_uploads_that_broke_off_cost_nothing_for_long(auto: Site) -> None:
    """Parts of an unfinished upload are in no listing, and paid for."""
    rules = {one["id"]: one for one in aws.bucket(auto, "ai-data", "models")["spec"]["lifecycle"]["rules"]}

    assert {"daysAfterInitiation": 1} == rules["unfinished"]["abortIncompleteMultipartUpload"]


def test_everything_says_which_cluster_pays(auto: Site) -> None:
    """By tag: role, association and bucket."""
    expected = {"groundwork/cluster": auto.name, "groundwork/environment": auto.cluster.environment}

    bodies = by_kind(aws.pod_identity(auto, "ai-data", "valkey", []))
    tags = [
        {tag["key"]: tag["value"] for tag in bodies["Role"]["spec"]["tags"]},
        bodies["PodIdentityAssociation"]["spec"]["tags"],
        {tag["key"]: tag["value"] for tag in aws.bucket(auto, "ai-data", "models")["spec"]["tagging"]["tagSet"]},
    ]

    assert [expected] * 3 == tags
