"""`groundwork verify`: a whole cluster against its tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundwork.live.answers import Answers, State
from groundwork.live.verify import verify
from tests.live.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]


def said() -> Answers:
    """What is said of prod-us-east-2."""
    return verify("prod-us-east-2", ROOT / "generated")


@pytest.mark.usefixtures("karpenter")
def test_a_healthy_cluster_has_no_complaints_but_what_cannot_be_seen() -> None:
    """No machine with a GPU runs in it, and nothing that is scraped: that stays open, and is not false."""
    answers = said()

    complaints = {one.claim for one in answers.answers if one.state is State.FALSE}
    assert {"1 device plugin of ours offers nvidia.com/gpu"} == complaints
    assert {"Accelerators", "Prometheus' targets"} == {one.topic for one in answers.answers if one.state is State.OPEN}


def test_another_cluster_is_asked_nothing_more(karpenter: Cluster) -> None:
    """Its answers would say nothing of this one."""
    karpenter.answer("config", {"clusters": [{"name": "arn:aws:eks:us-east-1:111122223333:cluster/dev-us-east-1"}]})

    (only,) = said().answers

    assert (State.FALSE, "arn:aws:eks:us-east-1:111122223333:cluster/dev-us-east-1") == (only.state, only.found)


def test_a_cluster_that_cannot_be_reached_is_open(karpenter: Cluster) -> None:
    """From outside the VPC nothing is known to be wrong."""
    karpenter.refuse("version")

    answers = said()

    assert [State.TRUE, State.OPEN] == [one.state for one in answers.answers]
    assert (0, 1) == (answers.exit_code(strict=False), answers.exit_code(strict=True))


@pytest.mark.usefixtures("programs")
def test_a_machine_without_kubectl_gets_a_sentence() -> None:
    """And no traceback."""
    (only,) = said().answers

    assert State.FALSE is only.state


def test_another_kubernetes_version_is_named(karpenter: Cluster) -> None:
    """An upgrade that was declared and not made, or made and not declared."""
    karpenter.answer("version", {"serverVersion": {"gitVersion": "v1.34.9-eks-1"}})

    failed = [one.found for one in said().answers if one.claim.startswith("its API server answers")]

    assert ["v1.34.9-eks-1"] == failed


def test_policies_that_nothing_enforces_are_noticed(karpenter: Cluster) -> None:
    """The API server takes them either way."""
    karpenter.answer("policyendpoints.networking.k8s.aws", {"items": []})

    (enforced,) = [one for one in said().answers if one.claim == "NetworkPolicies are enforced"]

    assert State.FALSE is enforced.state
    assert enforced.found.startswith("0 PolicyEndpoints for ")


def test_a_cluster_that_was_never_rendered_is_an_error(tmp_path: Path) -> None:
    """What must be true stands in the tree."""
    with pytest.raises(ValueError, match="run `make synth` first"):
        verify("prod-us-east-2", tmp_path)
