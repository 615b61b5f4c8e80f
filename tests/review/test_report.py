"""A report: findings with their lines, in the order of the files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from groundwork.review.check import Verdict
from groundwork.review.report import report
from groundwork.review.waiver import Waiver
from groundwork.review.waivers import Waived
from tests.review.shop import found
from tests.review.test_waiver import RIGHT


def test_findings_are_located_and_sorted(tree: Path) -> None:
    """By file, line and column; those without a line first."""
    extra = replace(found("freshness/extra", problem="extra"), subject=None)
    verdict = Verdict(folder=tree, findings=[found(), found(pointer=("kind",)), extra])

    lines = [one.line for one in report(verdict).findings]

    assert [None, 3, 11] == lines


def test_waived_findings_have_a_line_too(tree: Path) -> None:
    """Whoever reviews a waiver wants to look at it."""
    waived = Waived(finding=found(), waiver=Waiver.model_validate(RIGHT))

    (one,) = report(Verdict(folder=tree, waived=[waived])).waived

    assert (11, waived.waiver) == (one.finding.line, one.waiver)


def test_a_finding_about_the_waivers_is_looked_up_beside_the_tree(tree: Path, policies: Path) -> None:
    """Wherever the folder of policies stands."""
    (policies / "waivers.yaml").write_text("waivers: []\n")
    one = replace(found("waivers/unused", path="policies/waivers.yaml"), line=1)

    told = report(Verdict(folder=tree, policies=policies, findings=[one]))

    excerpt = told.sources.excerpt(told.findings[0])
    assert excerpt is not None
    assert {1: "waivers: []"} == excerpt.lines
