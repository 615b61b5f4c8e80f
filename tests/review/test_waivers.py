"""policies/waivers.yaml takes out what it may, and every mistake in it is an error at its own line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import pytest

from groundwork.findings import Finding, Severity
from groundwork.review.waivers import Outcome, waive
from tests.review.shop import found, write

TODAY = dt.date(2026, 11, 20)
RULES = ("schema/range", "schema/type", "pins/image")
GOOD = """\
waivers:
  - rule: schema/range
    object: "*: Service shop/web"
    reason: A load test needs it.
    owner: platform-team
    expires: 2026-11-20
"""


def applied(
    policies: Path, text: str, findings: Iterable[Finding] = (), *, clusters: Iterable[str] | None = None
) -> Outcome:
    """The outcome of a file, on a day, after the schema proof."""
    write(policies, "waivers.yaml", text)
    return waive([*findings], policies, rules=RULES, checked={"tree", "schema"}, clusters=clusters, today=TODAY)


def problems(outcome: Outcome) -> list[tuple[str, int | None]]:
    """Rule and line of what is wrong with the file; each is an error that says where it stands."""
    assert all(one.severity is Severity.ERROR and one.path == "policies/waivers.yaml" for one in outcome.findings)
    return [(one.rule, one.line) for one in outcome.findings]


def test_a_waived_finding_is_taken_out(policies: Path) -> None:
    """On the last day too; others stay."""
    other = found("schema/type")

    outcome = applied(policies, GOOD, [found(), other, found(cluster="prod")])

    assert [other] == outcome.findings
    assert [found(), found(cluster="prod")] == [one.finding for one in outcome.waived]
    assert {"A load test needs it."} == {one.waiver.reason for one in outcome.waived}


def test_without_a_file_nothing_is_waived(policies: Path) -> None:
    """It is optional."""
    outcome = waive([found()], policies, rules=RULES, checked={"schema"}, clusters=None, today=TODAY)

    assert ([found()], []) == (outcome.findings, outcome.waived)


@pytest.mark.parametrize("text", ["waivers: []\n", "# nothing\nwaivers: []\n"])
def test_an_empty_list_is_fine(policies: Path, text: str) -> None:
    """The committed file may begin with one."""
    assert [] == applied(policies, text).findings


def test_a_waiver_that_waives_nothing_is_an_error(policies: Path) -> None:
    """The object was mended or renamed; a near one is named."""
    renamed = GOOD.replace("shop/web", "shop/wep").replace("*:", "dev:")

    outcome = applied(policies, renamed, [found()])

    assert [found()] == outcome.findings[:1]
    (unused,) = outcome.findings[1:]
    assert ("waivers/unused", 3) == (unused.rule, unused.line)
    assert "(did you mean 'dev: Service shop/web'?)" in unused.problem
    assert [("waivers/unused", 3)] == problems(applied(policies, GOOD))


def test_a_waiver_of_a_rule_that_was_not_checked_is_left_in_peace(policies: Path) -> None:
    """Pins are listed with --production only."""
    assert [] == applied(policies, GOOD.replace("schema/range", "pins/image")).findings


@pytest.mark.parametrize(("clusters", "unused"), [(["dev"], 1), (["test"], 0), (None, 1)])
def test_a_tree_from_elsewhere_need_not_hold_every_cluster(
    policies: Path, clusters: list[str] | None, unused: int
) -> None:
    """The repository's own tree must."""
    outcome = applied(policies, GOOD.replace("*:", "dev*:"), clusters=clusters)

    assert [("waivers/unused", 3)] * unused == problems(outcome)


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("schema/range", "schema/rang", "waivers/unknown-rule", 2),
        ("2026-11-20", "2026-11-19", "waivers/expired", 6),
        ("2026-11-20", "2027-11-22", "waivers/endless", 6),
        ("2026-11-20", "soon", "waivers/invalid", 6),
        ("2026-11-20", "2027-02-30", "waivers/invalid", 6),
        ("A load test needs it.", '""', "waivers/invalid", 4),
        ("A load test needs it.", '"  "', "waivers/invalid", 4),
        ("    owner: platform-team\n", "", "waivers/invalid", 2),
        ("owner: platform-team", "ower: platform-team", "waivers/invalid", 5),
        ("owner: platform-team", "owner: 12", "waivers/invalid", 5),
        ("shop/web", "shop/*", "waivers/invalid", 3),
        ("waivers:", "waiver:", "waivers/invalid", 1),
        ("  - rule", "  rule", "waivers/invalid", 3),
        ("rule: schema", "rule: [schema", "waivers/invalid", 3),
        ("    owner", "    owner: me\n    owner", "waivers/invalid", 6),
        ("    owner", "\towner", "waivers/invalid", 5),
    ],
)
def test_a_mistake_waives_nothing_and_has_a_line(policies: Path, old: str, new: str, rule: str, line: int) -> None:
    """Whatever is wrong with an entry or with the file."""
    outcome = applied(policies, GOOD.replace(old, new, 1), [found()])

    assert ([found()], []) == (outcome.findings[:1], outcome.waived)
    assert (rule, line) in [(one.rule, one.line) for one in outcome.findings[1:]]
    assert all(one.why and one.fix for one in outcome.findings)


@pytest.mark.parametrize(
    "text", [b"\xff", b"", b"- a\n", b"text\n", b"waivers: {}\n", b"waivers:\n", b"waivers: [3]\n", b"a: \x00"]
)
def test_a_file_that_is_no_list_of_waivers_is_an_error(policies: Path, text: bytes) -> None:
    """Nothing is raised for what it holds."""
    (policies / "waivers.yaml").write_bytes(text)

    outcome = waive([], policies, rules=RULES, checked={"schema"}, clusters=None, today=TODAY)

    assert {"waivers/invalid"} == {rule for rule, _ in problems(outcome)}


def test_one_broken_waiver_leaves_the_others(policies: Path) -> None:
    """Each entry is judged for itself."""
    outcome = applied(policies, GOOD + "  - rule: schema/type\n", [found()])

    assert [found()] == [one.finding for one in outcome.waived]
    assert {("waivers/invalid", 7)} == {*problems(outcome)}


def test_the_same_waiver_twice_is_an_error(policies: Path) -> None:
    """Even if the reasons differ; the first one holds."""
    again = GOOD.removeprefix("waivers:\n").replace("A load", "Another load")

    outcome = applied(policies, GOOD + again, [found()])

    assert [("waivers/duplicate", 8)] == problems(outcome)
    assert ["A load test needs it."] == [one.waiver.reason for one in outcome.waived]


def test_a_rule_that_is_misspelt_has_a_suggestion(policies: Path) -> None:
    """The nearest of those that there are."""
    (finding,) = applied(policies, GOOD.replace("schema/range", "schema/rnage")).findings

    assert "(did you mean 'schema/range'?)" in finding.problem
