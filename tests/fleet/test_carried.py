"""What a cluster carries: it exists, it fits, and what needs it finds it."""

from __future__ import annotations

import pytest

from tests.fleet.repository import CLUSTER, Repository

AGENTS = "agents: [support, research]"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  small: {}", "  small: {}\n  larg: {}", "16:3: `models`: no model is called 'larg' (did you mean 'large'?)"),
        (AGENTS, "agents: [support, research, reserch]", "16:29: `agents`: no agent is called 'reserch' "
         "(did you mean 'research'?)"),
        (AGENTS, "agents: [support, research, {reserch: {}}]", "16:30: `agents`: no agent is called 'reserch' "
         "(did you mean 'research'?)"),
        ("[team-a]", "[team-a, team-b]", "17:19: `tenants`: no tenant is called 'team-b' (did you mean 'team-a'?)"),
        ("[evaluation]", "[evaluation, tuning]", "18:25: `pipelines`: no pipeline is called 'tuning'"),
        ("fast: small", "fast: smal", "12:9: `roles.fast`: prod does not carry a model 'smal' (did you mean 'small'?)"),
        ("  reasoning: large\n", "", "15:19: agent 'research' needs the role 'reasoning', which no model fills in prod"),
        (AGENTS, "agents: [support, {research: {model: quick}}]", "16:38: agent 'research' needs the role 'quick', "
         "which no model fills in prod"),
        ("large: {replicas: {min: 2, max: 6}}", "large: {context: 50000}", "14:20: context 50000 is longer than the 40960 "
         "positions the model was made for"),
        ("large: {replicas: {min: 2, max: 6}}", "large: {hardware: {gpu: h200, count: 3}}", "14:40: 3 h200 cannot share "
         "40 attention heads evenly"),
        ("large: {replicas: {min: 2, max: 6}}", "large: {hardware: {gpu: t4, count: 4}}", "14:21: t4 does not serve "
         "bfloat16 weights, only float16, float32, fp8, int8"),
        ("large: {replicas: {min: 2, max: 6}}", "large: {hardware: {gpu: b300, count: 4}}", "14:11: `models.large`: b300 is "
         "not offered in us-east-1"),
        ("large: {replicas: {min: 2, max: 6}}", "large: {hardware: {gpu: a100, count: 1, slice: 3g.20gb}}", "14:3: `models.large`: "
         "EKS Auto Mode does not divide GPUs, and the model takes a slice"),
        ("channel: stable", "jobs: {gpu: b300, count: 2}\nchannel: stable", "19:13: `jobs.gpu`: b300 is not offered in "
         "us-east-1"),
        ("channel: stable", "jobs: {gpu: l4, count: 1}\nchannel: stable", "19:24: `jobs.count` is 1, but tenants are "
         "promised 2 GPUs (team-a 2)"),
    ],
)  # fmt: skip
def test_what_a_cluster_names_must_be_there_and_fit(repository: Repository, old: str, new: str, expected: str) -> None:
    """Reported in the cluster's file, also where only the combination with a model is wrong."""
    repository.edit(CLUSTER, old, new)
    if old.startswith("  reasoning"):
        repository.edit(CLUSTER, "pipelines: [evaluation]\n", "")

    (finding,) = repository.findings()
    assert str(finding) == f"{CLUSTER}:{expected}"
    assert finding.fix


@pytest.mark.parametrize(
    ("canary", "more", "expected"),
    [
        ("smal", "small: {}", "`models.large.canary`: prod does not carry a model 'smal' (did you mean 'small'?)"),
        ("large", "small: {}", "`models.large.canary`: 'large' is the model itself"),
        ("small", "small: {canary: {model: large, percent: 5}}", "`models.large.canary`: 'small' is on trial itself"),
        ("small", "small: {context: 1024}", "`models.large.canary`: small takes 1024 tokens, large 32768"),
        ("small", "small: {replicas: {min: 0, max: 1}}", "`models.large.canary`: small may sleep"),
    ],
)
def test_a_canary_answers_what_the_model_is_asked(
    repository: Repository, canary: str, more: str, expected: str
) -> None:
    """It is carried under its own name, is no trial of a trial, takes as much, and is awake."""
    repository.edit(
        CLUSTER, "large: {replicas: {min: 2, max: 6}}", f"large: {{canary: {{model: {canary}, percent: 20}}}}"
    )
    repository.edit(CLUSTER, "small: {}", more)

    problems = repository.problems()

    assert any(expected in one for one in problems), problems


def test_a_role_that_a_pipeline_needs(repository: Repository) -> None:
    """A pipeline calls models by role, as agents do."""
    repository.edit("apps/pipelines/evaluation.yaml", "[reasoning]", "[reasoning, judge]")

    assert repository.problems() == [
        f"{CLUSTER}:18:13: pipeline 'evaluation' needs the role 'judge', which no model fills in prod"
    ]


def test_a_role_may_be_filled_by_a_model_of_bedrock(repository: Repository) -> None:
    """A pipeline may call it; an agent may not, and neither may a name stand for two models."""
    repository.edit("apps/pipelines/evaluation.yaml", "[reasoning]", "[reasoning, judge]")
    repository.edit(
        CLUSTER, "  fast: small", "  fast: small\n  judge: claude\nbedrock: {claude: us.anthropic.claude-sonnet-4-6}"
    )
    assert repository.problems() == []

    repository.edit(CLUSTER, "fast: small", "fast: claude")
    assert any("needs the role 'fast', which Bedrock's 'claude' fills in prod" in one for one in repository.problems())


def test_bifrost_has_no_prices_for_bedrock(repository: Repository) -> None:
    """A budget that does not count is none."""
    repository.edit(CLUSTER, "models: litellm", "models: bifrost")
    assert repository.problems() == []

    repository.edit(CLUSTER, "channel: stable", "bedrock: {claude: us.anthropic.claude-sonnet-4-6}\nchannel: stable")
    (problem,) = repository.problems()
    assert "bifrost knows no prices of Bedrock's models" in problem


def test_bifrost_filters_nothing(repository: Repository) -> None:
    """A filter that is declared and not there would be relied on."""
    repository.edit(CLUSTER, "models: litellm", "models: bifrost, filters: true")

    (problem,) = repository.problems()
    assert "bifrost filters requests only in its enterprise version" in problem


TONE = "adapters: [{name: tone, revision: run-7, rank: 16}]"


def test_a_tenant_may_call_an_adapter_that_its_clusters_carry(repository: Repository) -> None:
    """It is a model to callers, and like a model it has to be there."""
    repository.edit("apps/tenants/team-a.yaml", "[small]", "[small, tone]")
    assert repository.problems() == [
        "apps/tenants/team-a.yaml:4:17: `models`: no model is called 'tone'",
    ]

    repository.edit(CLUSTER, "large: {replicas: {min: 2, max: 6}}", f"large: {{{TONE}}}")
    assert repository.problems() == []

    repository.edit(CLUSTER, f"large: {{{TONE}}}", "large: {}")
    repository.edit("clusters/dev.yaml", "models: {}", f"models: {{large: {{{TONE}}}}}")
    assert repository.problems() == [
        f"{CLUSTER}:17:11: tenant 'team-a' may call the model 'tone', which prod does not carry"
    ]


@pytest.mark.parametrize(
    ("name", "expected"), [("fast", "has the name of a role"), ("small", "has the name of a model")]
)
def test_an_adapters_name_means_one_thing(repository: Repository, name: str, expected: str) -> None:
    """Callers ask one gateway for all of them."""
    repository.edit(
        CLUSTER, "large: {replicas: {min: 2, max: 6}}", f"large: {{{TONE.replace('name: tone', f'name: {name}')}}}"
    )

    (problem,) = repository.problems()
    assert f"`models.large`: its adapter '{name}' {expected}" in problem


def test_an_accelerator_must_be_sold_in_the_region(repository: Repository) -> None:
    """Where the model's own hardware is meant, the model's key is the place."""
    repository.edit(CLUSTER, "us-east-1", "eu-west-1")

    (finding,) = repository.findings()
    assert str(finding) == f"{CLUSTER}:14:3: `models.large`: l4 is not offered in eu-west-1"
    assert finding.fix == "Choose other `hardware` here. Offered there: a100, a10g, inferentia2, t4."


def test_delegation_stays_within_the_cluster(repository: Repository) -> None:
    """For the cluster's own agent, and for the tenant's private one."""
    repository.edit(CLUSTER, AGENTS, "agents: [support]")

    assert repository.problems() == [
        f"{CLUSTER}:16:10: agent 'support' delegates to 'research', which prod does not carry",
        f"{CLUSTER}:17:11: agent 'support' of tenant 'team-a' delegates to 'research', which prod does not carry",
    ]


def test_a_tenant_may_delegate_to_its_own_agents(repository: Repository) -> None:
    """What the tenant has privately need not run for everybody."""
    repository.edit(CLUSTER, AGENTS, "agents: []")
    repository.edit("apps/tenants/team-a.yaml", "[support]", "[support, research]")
    repository.edit("apps/tenants/team-a.yaml", "[small]", "[small, large]")

    assert repository.problems() == []


def test_a_tenant_needs_its_models_and_roles(repository: Repository) -> None:
    """A model that the cluster does not carry cannot be called; an agent thinks only with what its tenant may call."""
    repository.edit(CLUSTER, "  fast: small", "  fast: large")
    repository.edit(CLUSTER, "  small: {}\n", "")

    assert repository.problems() == [
        f"{CLUSTER}:16:11: agent 'support' of tenant 'team-a' thinks with 'large' here (role fast), "
        "which the tenant may not call",
        f"{CLUSTER}:16:11: tenant 'team-a' may call the model 'small', which prod does not carry",
    ]


@pytest.mark.parametrize(
    ("edit", "overlaps"),
    [
        (("10.20.0.0/16", "10.10.128.0/17"), True),
        (("10.20.0.0/16", "10.10.0.0/16"), True),
        (("10.20.0.0/16", "10.11.0.0/16"), False),
    ],
)
def test_networks_of_one_account_and_region_do_not_overlap(
    repository: Repository,
    edit: tuple[str, str],
    overlaps: bool,  # noqa: FBT001 - the parameter of a test
) -> None:
    """Reported at the second of the two, with the name of the first."""
    repository.edit(CLUSTER, *edit)

    expected = [f"{CLUSTER}:7:17: `network.cidr`: {edit[1]} overlaps 10.10.0.0/16 of dev"]
    assert repository.problems() == (expected if overlaps else [])


@pytest.mark.parametrize(("granted", "agreed"), [(64, True), (96, False)])
def test_clusters_of_one_account_and_region_say_the_same_of_its_quotas(
    repository: Repository,
    granted: int,
    agreed: bool,  # noqa: FBT001 - the parameter of a test
) -> None:
    """AWS grants them to the account; whoever says nothing agrees."""
    repository.edit("clusters/dev.yaml", "channel: next", "quotas: {g-on-demand: 64}\nchannel: next")
    repository.edit(CLUSTER, "channel: stable", f"quotas: {{g-on-demand: {granted}, p-spot: 8}}\nchannel: stable")

    expected = [f"{CLUSTER}:19:23: `quotas.g-on-demand` is {granted}, and 64 for dev"]
    assert repository.problems() == ([] if agreed else expected)


@pytest.mark.parametrize("edit", [('"111122223333"', '"444455556666"'), ("us-east-1", "us-east-2")])
def test_networks_elsewhere_may_be_equal(repository: Repository, edit: tuple[str, str]) -> None:
    """Another account or region is another network."""
    repository.edit(CLUSTER, *edit)
    repository.edit(CLUSTER, "10.20.0.0/16", "10.10.0.0/16")

    assert repository.problems() == []
