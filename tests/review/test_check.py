"""Judging a tree: the committed one passes, and every way of spoiling it is found."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from groundwork.findings import Severity
from groundwork.review.check import PROOFS, Verdict, judge, kubernetes_versions
from groundwork.tree.reader import read_tree
from tests.review.shop import FILES, SERVICE, found, write

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = "dev-us-east-1"
POLICIES = ROOT / "policies"
TODAY = dt.date(2026, 11, 20)
WAIVER = """\
waivers:
  - rule: schema/range
    object: "dev: Service shop/web"
    reason: A load test needs it.
    owner: platform-team
    expires: 2027-03-31
"""


@pytest.fixture(scope="module")
def committed() -> Verdict:
    """The verdict about the reference fleet."""
    return judge(ROOT / "generated", policies=POLICIES, intent=ROOT, production=True)


def spoil(tree: Path) -> None:
    """Give the Service a port that no Service can have."""
    file = tree / SERVICE
    file.write_text(file.read_text().replace("port: 80", "port: 99999"))


def test_the_committed_tree_keeps_every_rule(committed: Verdict) -> None:
    """Every object of the reference fleet passes every proof and every policy, or is waived."""
    assert [] == [str(finding) for finding in committed.findings if not finding.rule.startswith("pins/")]
    assert committed.objects > 800


def test_every_check_runs_and_is_timed(committed: Verdict) -> None:
    """Named as the first part of its rules; references are counted by kind."""
    assert {"tree", "schema", "references", "policies", "pins", *PROOFS} == {*committed.seconds}
    assert all(seconds > 0 for seconds in committed.seconds.values())
    assert committed.edges["Service -> pods"] > 20


def test_production_lists_placeholders_and_pins(committed: Verdict) -> None:
    """What AWS has not chosen and nobody has pinned is listed, place by place; these are warnings."""
    rules = {finding.rule for finding in committed.findings}

    assert {"pins/placeholder", "pins/weights", "pins/image"} <= rules
    assert (0, 1) == (committed.exit_code(strict=False), committed.exit_code(strict=True))


def test_the_kubernetes_version_comes_from_the_trees_own_bootstrap() -> None:
    """A tree can be judged without the declarations that made it."""
    assert "1.35" == kubernetes_versions(read_tree(ROOT / "generated", [CLUSTER]))[CLUSTER]


def test_an_error_makes_the_exit_code_1(tree: Path, policies: Path) -> None:
    """The finding has the object's file and rule."""
    spoil(tree)

    verdict = judge(tree, policies=policies)

    assert ("schema/range", f"generated/{SERVICE}") in {(one.rule, one.path) for one in verdict.findings}
    assert 1 == verdict.exit_code(strict=False)


def test_freshness_is_proved_where_there_is_something_to_compare_with(tree: Path) -> None:
    """A file that nothing renders is too many; without an expectation there is no such thing."""
    expected = {
        PurePosixPath(path).relative_to("dev"): text.encode() for path, text in FILES.items() if path != SERVICE
    }

    fresh = judge(tree, expected={"dev": expected})

    assert [f"generated/{SERVICE}"] == [one.path for one in fresh.findings if one.rule == "freshness/extra"]
    assert "freshness" not in judge(tree).seconds


def test_without_a_version_the_verdict_is_undecided_not_silent(tree: Path) -> None:
    """What cannot be judged is said once, and counts when strict."""
    shutil.rmtree(tree / "dev/bootstrap")

    rules = [one.rule for one in judge(tree).findings if one.severity is Severity.UNDECIDED]

    assert ["policies/not-given", "schema/kubernetes-version"] == sorted(rules)


@pytest.mark.parametrize("given", [True, False])
def test_without_policies_the_verdict_is_undecided_not_silent(tree: Path, policies: Path, given: bool) -> None:  # noqa: FBT001
    """Whether no folder is named or the named one holds none."""
    verdict = judge(tree, policies=policies if given else None)

    assert ["policies/not-given"] == [one.rule for one in verdict.findings if one.severity is Severity.UNDECIDED]
    assert "policies" not in verdict.seconds


def test_policies_are_judged_with_the_proofs(tree: Path) -> None:
    """Their denials are findings like any other."""
    write(
        tree, "dev/web/shop/Secret.web.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: shop}\n"
    )

    assert "policies/secret-object" in {one.rule for one in judge(tree, policies=POLICIES).findings}


def test_a_waived_finding_does_not_count(tree: Path, policies: Path) -> None:
    """Until its waiver ends: then both are errors. The day can be given."""
    spoil(tree)
    write(policies, "waivers.yaml", WAIVER)

    waived = judge(tree, policies=policies, today=TODAY)
    ended = judge(tree, policies=policies, today=dt.date(2027, 4, 1))

    assert ["schema/range"] == [one.finding.rule for one in waived.waived]
    assert not {"schema/range", "waivers/expired"} & {one.rule for one in waived.findings}
    assert {"schema/range", "waivers/expired"} <= {one.rule for one in ended.findings}
    assert [] == ended.waived


def test_a_waiver_knows_which_checks_ran(tree: Path, policies: Path) -> None:
    """Nothing is unused that nobody looked for."""
    write(policies, "waivers.yaml", WAIVER.replace("schema/range", "pins/image"))

    def unused(*, production: bool) -> bool:
        verdict = judge(tree, policies=policies, production=production, today=TODAY)
        return "waivers/unused" in {one.rule for one in verdict.findings}

    assert (False, True) == (unused(production=False), unused(production=True))


def test_severities_decide_about_the_exit_code(tree: Path) -> None:
    """Errors always, the others when strict."""
    codes = {}
    for severity in Severity:
        verdict = Verdict(folder=tree, findings=[replace(found(), severity=severity)])
        codes[severity] = (verdict.exit_code(strict=False), verdict.exit_code(strict=True))

    assert {Severity.ERROR: (1, 1), Severity.WARNING: (0, 1), Severity.UNDECIDED: (0, 1)} == codes
    assert (0, 0) == (Verdict(folder=tree).exit_code(strict=False), Verdict(folder=tree).exit_code(strict=True))


def test_a_verdict_can_be_about_some_rules_only(tree: Path) -> None:
    """By the beginnings of their ids."""
    verdict = Verdict(folder=tree, findings=[found("schema/range"), found("schema/type"), found("tree/misplaced")])

    assert 2 == len(verdict.only(["schema/"]).findings)
    assert ["schema/type", "tree/misplaced"] == [one.rule for one in verdict.only(["schema/type", "tree"]).findings]
