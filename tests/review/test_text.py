"""What a person reads: places, lines and carets, and nothing fifty times."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from groundwork.findings import Finding, Severity
from groundwork.review.check import Verdict
from groundwork.review.report import report
from groundwork.review.text import blocks, show
from tests.review.shop import SERVICE, found, write


@pytest.fixture(autouse=True)
def here(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are shown from the folder that holds the tree."""
    monkeypatch.chdir(tree.parent)


def said(tree: Path, *findings: Finding, **more: Any) -> str:
    """The report about some findings, without colours."""
    verdict = replace(Verdict(folder=tree, findings=[*findings], objects=3, clusters=["dev"]), **more)
    return "".join(block.plain for block in blocks(report(verdict)))


def test_a_finding_reads_like_a_compilers_error(tree: Path) -> None:
    """What, where with the lines, why, and how to mend it."""
    assert said(tree, found(counterexample="curl http://web.shop:99999")).startswith("""\
=== dev: 1 error ===

error[schema/range]: port is 99999; it must be at most 65535
    --> generated/dev/web/shop/Service.web.yaml:11:5
     |
   9 |   ports:
  10 |   - name: http
  11 |     port: 80
     |     ^^^^^^^^
     |
     = for example: curl http://web.shop:99999
     = why: The API server refuses the object.
     = fix: Use a value at most 65535.

`groundwork explain RULE` tells more about a rule.
""")


def test_the_last_line_counts(tree: Path) -> None:
    """Objects, clusters, findings by weight, waived ones, seconds."""
    findings = [found(), found(severity=Severity.WARNING), found(severity=Severity.UNDECIDED), found(cluster="prod")]

    last = said(tree, *findings, seconds={"tree": 0.25, "schema": 0.5}).splitlines()[-1]

    assert last == "3 objects in 1 cluster: 2 errors, 1 warning, 1 undecided, 0 waived (0.75 s)"


def test_without_findings_there_is_little_to_say(tree: Path) -> None:
    """One line, and one for the references that were followed."""
    assert said(tree) == "3 objects in 1 cluster: 0 errors, 0 warnings, 0 undecided, 0 waived (0.00 s)\n"


def test_references_are_counted_in_one_line(tree: Path) -> None:
    """The most frequent kinds by name, the others by number."""
    edges = replace(Verdict(folder=tree)).edges
    edges.update({f"Kind{number} -> pods": number for number in range(1, 10)})

    first = said(tree, edges=edges).splitlines()[0]

    assert first.startswith("45 references followed: Kind9 -> pods 9, Kind8 -> pods 8, ")
    assert first.endswith(", 3 more kinds")


def test_findings_stand_under_their_cluster_in_the_order_of_their_files(tree: Path) -> None:
    """What belongs to no cluster comes last."""
    other = found(cluster="prod", path="generated/prod/web/shop/Service.web.yaml", problem="in prod")
    waiver = replace(found("waivers/unused", path="policies/waivers.yaml", problem="unused"), subject=None)
    stale = replace(found("freshness/missing", path="generated/dev/a/b/C.yaml", problem="missing"), subject=None)

    lines = said(tree, waiver, other, found(), stale).splitlines()

    order = [line for line in lines if line.startswith(("===", "error"))]
    assert order == [
        "=== dev: 2 errors ===",
        "error[freshness/missing]: missing",
        "error[schema/range]: port is 99999; it must be at most 65535",
        "=== prod: 1 error ===",
        "error[schema/range]: in prod",
        "=== policies/waivers.yaml: 1 error ===",
        "error[waivers/unused]: unused",
    ]


def test_what_repeats_is_told_once(tree: Path) -> None:
    """Fifty findings of one kind have one reason, and a line each."""
    findings = [found(path=f"generated/dev/web/shop/Service.web{number:02}.yaml") for number in range(50)]

    report = said(tree, *findings)

    assert report.count("= why:") == report.count("= fix:") == 1
    assert "= note: 49 more like this below" in report
    assert report.count("    --> generated/") == 50
    assert report.count("error[") == 1


def test_what_repeats_with_other_words_keeps_its_words(tree: Path) -> None:
    """The problem names names, so it is told each time."""
    report = said(tree, found(problem="one"), found(pointer=("kind",), problem="two"), found(fix="Otherwise."))

    assert report.count("error[") == 3
    assert report.count("= fix: Use a value") == report.count("= fix: Otherwise.") == 1


def test_a_long_line_is_shown_around_its_mark(tree: Path) -> None:
    """A caret that stands off the screen points at nothing."""
    around = ["".join(f"{name}{number}: 1, " for number in range(200)) for name in "ac"]
    write(tree, SERVICE, f"spec: {{{around[0]}b: 2, {around[1]}}}\n")

    lines = said(tree, found(pointer=("spec", "b"))).splitlines()

    marked, carets = (lines[index] for index in (5, 6))
    assert marked[carets.index("^") :].startswith("b: 2")
    assert max(map(len, lines)) < 140


def test_wide_characters_move_the_mark(tree: Path) -> None:
    """A terminal gives two columns to each of these."""
    write(tree, SERVICE, 'metadata: {"日本": 1, b: 2}\n')

    lines = said(tree, found(pointer=("metadata", "b"))).splitlines()

    assert lines[6].index("^") == lines[5].index("b: 2") + 2


def test_what_a_terminal_would_act_upon_is_not_printed(tree: Path) -> None:
    """Colours, bells and bidirectional marks in a file are shown as question marks."""
    write(tree, SERVICE, "kind: '\x1b[31mred\u202e'\n")

    report = said(tree, replace(found(problem="is \x1b]0;title\x07"), line=1))

    assert "kind: '?[31mred?'" in report
    assert "is ?]0;title?" in report


def test_long_reasons_are_wrapped_under_their_label(tree: Path) -> None:
    """Eighty columns and a little more are what people read."""
    lines = said(tree, found(fix="word " * 60)).splitlines()

    at = next(number for number, line in enumerate(lines) if "= fix:" in line)
    assert lines[at + 1].startswith(" " * 12 + "word")
    assert max(map(len, lines[at : at + 4])) <= 100


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"NO_COLOR": "1"}, False),
    ],
)
def test_colours_only_where_they_are_wanted(
    tree: Path,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    coloured: bool,  # noqa: FBT001
) -> None:
    """A file gets none unless they are forced; NO_COLOR is obeyed everywhere."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    out = io.StringIO()

    show(report(Verdict(folder=tree, findings=[found()])), out)

    assert coloured == ("\x1b[" in out.getvalue())
