"""The AWS account, asked through an `aws` that answers from a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

from groundwork.catalog.ec2_quotas import ELASTIC_IPS, Quota
from groundwork.fleet.loader import load
from groundwork.fleet.site import Site
from groundwork.live.account import account, needs
from groundwork.live.answers import Answer, State
from groundwork.tree.reader import Tree, read_tree
from tests.live.programs import Programs, Refused

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = "prod-us-east-2"
P = "L-417A185B"


class Ask(Protocol):
    """Ask an account that answers as the one that is ready does, but for some questions."""

    def __call__(self, changed: dict[str, Any] | None = None) -> list[Answer]: ...


@pytest.fixture(scope="module")
def site() -> Site:
    """A cluster of the reference fleet."""
    return load(ROOT).site(CLUSTER)


@pytest.fixture(scope="module")
def tree() -> Tree:
    """What is committed of it."""
    return read_tree(ROOT / "generated", [CLUSTER])


@pytest.fixture
def aws(site: Site, tree: Tree) -> dict[str, Any]:
    """An account in which everything is as it must be: what `aws` answers, by the beginning of the question."""
    wanted = {one["remoteRef"]["key"] for it in tree.of_kind(CLUSTER, "ExternalSecret") for one in it.spec["data"]}
    allowed = {quota.code: float(need) for quota, need in needs(tree, CLUSTER).items()}
    return {
        "sts get-caller-identity": {"Account": site.cluster.account, "Arn": "arn:aws:sts::1:assumed-role/admin/ada"},
        "route53 list-hosted-zones-by-name": {"HostedZones": [{"Name": f"{site.organisation.domain}."}]},
        "service-quotas list-service-quotas": {
            "Quotas": [{"QuotaCode": code, "Value": value} for code, value in allowed.items()]
        },
        "secretsmanager list-secrets": {"SecretList": [{"Name": name} for name in wanted]},
        "s3api head-bucket": Refused("An error occurred (404) when calling the HeadBucket operation: Not Found"),
    }


@pytest.fixture
def ask(programs: Programs, aws: dict[str, Any], site: Site, tree: Tree) -> Ask:
    """What the account says; `changed` replaces answers by the beginning of the question."""

    def asked(changed: dict[str, Any] | None = None) -> list[Answer]:
        new = changed or {}
        programs.add("aws", new | {begins: one for begins, one in aws.items() if not begins.startswith(tuple(new))})
        return list(account(site, tree, [CLUSTER]))

    return asked


def test_an_account_that_is_ready_says_so(ask: Ask) -> None:
    """Nothing false, nothing open."""
    said = ask()

    assert [] == [one for one in said if one.state is not State.TRUE]
    topics = ["The AWS account", "Quotas of EC2", "Secrets Manager", "S3 buckets"]
    assert topics == list(dict.fromkeys(one.topic for one in said))


def test_a_quota_that_is_too_small_is_asked_for(ask: Ask, aws: dict[str, Any]) -> None:
    """What the pools may buy, what is allowed, and the command that asks for the rest."""
    quotas = aws["service-quotas list-service-quotas"]["Quotas"]
    need = next(int(one["Value"]) for one in quotas if one["QuotaCode"] == P)
    small = [one | ({"Value": 0.0} if one["QuotaCode"] == P else {}) for one in quotas]

    said = ask({"service-quotas list-service-quotas": {"Quotas": small}})

    (failed,) = [one for one in said if one.state is State.FALSE]
    assert f"Running On-Demand P instances ({P}) allow {need}" == failed.claim
    assert "allowed are 0" == failed.found
    assert failed.fix.endswith(f"--quota-code {P} --desired-value {need}")


def test_clusters_of_one_account_and_region_share_its_quotas(
    programs: Programs, aws: dict[str, Any], site: Site
) -> None:
    """What a neighbour may buy is added, and named."""
    clusters = [CLUSTER, "prod-us-east-1"]
    programs.add("aws", aws)

    said = list(account(site, read_tree(ROOT / "generated", clusters), clusters))

    standard = next(one for one in said if one.claim.startswith("Running On-Demand Standard"))
    assert State.FALSE is standard.state
    assert f"{CLUSTER} 408" in standard.claim
    assert "prod-us-east-1 " in standard.claim


def test_the_nodes_that_eksctl_makes_count(tree: Tree) -> None:
    """Four machines of two cores beside what the general pools may buy."""
    capacity = load(ROOT).clusters[CLUSTER].capacity.cpu
    standard = Quota("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", "L-1216C47A")

    assert capacity + 4 * 2 == needs(tree, CLUSTER)[standard]


def test_each_nat_gateway_has_an_address(tree: Tree) -> None:
    """Production has one per zone."""
    assert 3 == needs(tree, CLUSTER)[ELASTIC_IPS]


def test_the_wrong_account_is_asked_nothing_more(ask: Ask) -> None:
    """Its quotas and secrets are somebody else's."""
    arn = "arn:aws:iam::999988887777:user/eve"

    first, *rest = ask({"sts": {"Account": "999988887777", "Arn": arn}})

    assert (State.FALSE, f"they are of 999988887777, as {arn}") == (first.state, first.found)
    assert {(State.OPEN, "not asked")} == {(one.state, one.found) for one in rest}


def test_without_credentials_everything_is_open(ask: Ask) -> None:
    """What would be asked is still said, with the needs that the tree knows."""
    first, *rest = ask({"sts": Refused("Unable to locate credentials.")})

    assert (State.OPEN, "Unable to locate credentials.") == (first.state, first.found)
    assert {(State.OPEN, "not asked, because the account was not reached")} == {(one.state, one.found) for one in rest}
    assert any("P instances" in one.claim for one in rest)


@pytest.mark.usefixtures("programs")
def test_without_aws_everything_is_open(site: Site, tree: Tree) -> None:
    """A machine that has no AWS CLI yet is no reason to fall over."""
    first, *_ = account(site, tree, [CLUSTER])

    assert (State.OPEN, "aws is not on the PATH") == (first.state, first.found)


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("secretsmanager", {"SecretList": []}, (State.FALSE, "the secret acme/", "it does not")),
        ("secretsmanager", Refused("AccessDenied"), (State.OPEN, "the secret acme/", "AccessDenied")),
        ("secretsmanager", "<html>", (State.OPEN, "the secret acme/", "aws gave no answer that can be read")),
        ("s3api", "", (State.TRUE, "the name acme-", "exists")),
        ("s3api", Refused("(403) Forbidden"), (State.FALSE, "the name acme-", "somebody else has it")),
        ("s3api", Refused("Could not connect"), (State.OPEN, "the name acme-", "Could not connect")),
        ("route53", {"HostedZones": []}, (State.FALSE, "the account has the public", "there is none")),
        ("service-quotas", {"Quotas": []}, (State.OPEN, "Running On-Demand P", "AWS reports no such quota")),
    ],
)
def test_each_answer_of_aws_is_understood(
    ask: Ask, question: str, answer: Any, expected: tuple[State, str, str]
) -> None:
    """Missing, refused, out of reach and unreadable are different things."""
    state, claim, found = expected

    meant = [one for one in ask({question: answer}) if one.claim.startswith(claim)]

    assert meant
    assert {state} == {one.state for one in meant}
    assert all(one.found.startswith(found) for one in meant)
