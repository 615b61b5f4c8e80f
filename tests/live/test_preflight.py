"""`groundwork preflight`: everything at once, for one cluster."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from groundwork.fleet.loader import load
from groundwork.fleet.site import Fleet
from groundwork.live.answers import State
from groundwork.live.preflight import preflight

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.usefixtures("programs")


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    """The reference fleet."""
    return load(ROOT)


def test_what_the_repository_came_with_must_become_yours(fleet: Fleet) -> None:
    """Example domains and AWS's example account belong to nobody."""
    answers = preflight(fleet, "prod-us-east-2", ROOT / "generated")

    examples = {one.claim.removesuffix(" is yours") for one in answers.answers if one.fix.endswith("only an example")}
    assert {
        "clusters/prod-us-east-2.yaml: account",
        "fleet.yaml: domain",
        "fleet.yaml: contact",
        "fleet.yaml: repository.url",
        "fleet.yaml: identity.issuer",
    } == examples
    assert 1 == answers.exit_code(strict=False)


def test_names_of_your_own_are_fine(fleet: Fleet) -> None:
    """Also where they contain the word."""
    organisation = fleet.organisation.model_copy(update={"domain": "ai.counterexample.com", "contact": "ada@acme.dev"})
    own = dataclasses.replace(fleet, organisation=organisation)

    answers = preflight(own, "prod-us-east-2", ROOT / "generated").answers

    states = {one.claim: one.state for one in answers if one.claim.startswith("fleet.yaml")}
    assert State.TRUE is states["fleet.yaml: domain is yours"]
    assert State.TRUE is states["fleet.yaml: contact is yours"]


def test_what_aws_has_not_chosen_yet_is_open(fleet: Fleet) -> None:
    """It comes after bootstrap: it stops nobody."""
    answers = preflight(fleet, "prod-us-east-2", ROOT / "generated").answers

    (workspace,) = [one for one in answers if "prometheus-workspace" in one.claim]
    assert (State.OPEN, "AWS chooses it during bootstrap") == (workspace.state, workspace.found)


def test_a_cluster_that_was_never_rendered_is_an_error(fleet: Fleet, tmp_path: Path) -> None:
    """Its needs stand in the tree and nowhere else."""
    with pytest.raises(ValueError, match="run `make synth` first"):
        preflight(fleet, "prod-us-east-2", tmp_path)
