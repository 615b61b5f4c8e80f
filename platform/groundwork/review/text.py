"""A verdict for people: by cluster and file, with the lines that are meant; what repeats is said once."""

from __future__ import annotations

import itertools
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from groundwork.findings import Finding, Severity
from groundwork.fleet.source import printable
from groundwork.review.check import Verdict
from groundwork.review.report import Report
from groundwork.review.source import Excerpt, Sources

__all__ = ["blocks", "show"]

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.UNDECIDED: "cyan"}
_NOUNS = {Severity.ERROR: ("error", "errors"), Severity.WARNING: ("warning", "warnings")}
_WIDTH = 100
_GUTTER = 4
_LONGEST_LINE = 120
_MOST_KINDS = 6


def show(report: Report, out: IO[str]) -> None:
    """Print a report. It is coloured on a terminal unless NO_COLOR is set, and elsewhere if FORCE_COLOR is."""
    console = Console(file=out, highlight=False, soft_wrap=True)
    plain = console.color_system is None or console.no_color
    for block in blocks(report):
        if plain:
            out.write(block.plain)
        else:
            console.print(block, end="")


def blocks(report: Report) -> Iterator[Text]:
    """The report in words, piece by piece.

    Findings of one rule with one way to mend them are alike: the first is told in full, the others in a line or two.
    """
    alike = Counter(_kind(one) for one in report.findings)
    told: set[tuple[str, str, str]] = set()
    for (_, name), group in itertools.groupby(sorted(report.findings, key=_heading), key=_heading):
        members = list(group)
        yield Text(f"=== {printable(name)}: {_counts(members)} ===\n\n", "bold")
        for _, same in itertools.groupby(members, key=lambda one: (_kind(one), one.severity, one.problem)):
            first, *others = same
            block = _title(first).append_text(_place(first, report.sources))
            if _kind(first) not in told:
                block.append_text(_details(first, report.sources, alike[_kind(first)] - 1))
                told.add(_kind(first))
            for one in others:
                block.append_text(_place(one, report.sources))
            yield block.append("\n")
    if report.findings:
        yield Text("`groundwork explain RULE` tells more about a rule.\n", "dim")
    yield _summary(report.verdict)


def _kind(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, finding.why, finding.fix


def _heading(finding: Finding) -> tuple[bool, str]:
    """What a finding is listed under; the clusters come first."""
    parts = (finding.path or "").split("/")
    name = finding.subject.cluster if finding.subject else parts[1] if len(parts) > 2 else ""
    return (False, name) if name else (True, finding.path or "the whole tree")


def _details(finding: Finding, sources: Sources, more: int) -> Text:
    excerpt = sources.excerpt(finding)
    details = _excerpt(excerpt, _COLOURS[finding.severity]) if excerpt else Text()
    for label, said in _notes(finding, more):
        details.append_text(_note(label, said))
    return details


def _title(finding: Finding) -> Text:
    colour = _COLOURS[finding.severity]
    return Text.assemble(
        (f"{finding.severity}[{finding.rule}]", f"bold {colour}"), (f": {printable(finding.problem)}\n", "bold")
    )


def _place(finding: Finding, sources: Sources) -> Text:
    if finding.path is None:
        return Text()
    where = (sources.shown(finding.path), finding.line, finding.column)
    place = ":".join(str(part) for part in where if part is not None)
    return Text.assemble((f"{'':{_GUTTER}}--> ", "blue"), printable(place), "\n")


def _excerpt(excerpt: Excerpt, colour: str) -> Text:
    bar = f"{'':{_GUTTER}} |"
    block = Text.assemble((f"{bar}\n", "blue"))
    for number, line in excerpt.lines.items():
        if number != excerpt.line:
            block.append(f"{number:>{_GUTTER}} | ", "blue").append(f"{_clipped(line, 0)}\n", "dim")
            continue
        # A line that is too long is shown from a little before the mark.
        left = 0 if len(line) <= _LONGEST_LINE else max(0, excerpt.start - 1 - _LONGEST_LINE // 3)
        shown = _clipped(line, left)
        before, marked = shown[: excerpt.start - 1 - left], shown[excerpt.start - 1 - left : excerpt.end - left]
        block.append(f"{number:>{_GUTTER}} | ", "blue").append(f"{shown}\n")
        block.append(f"{bar} ", "blue").append(" " * cell_len(before))
        block.append("^" * max(1, cell_len(marked)) + "\n", f"bold {colour}")
    return block.append(f"{bar}\n", "blue")


def _clipped(line: str, left: int) -> str:
    shown = printable(line[left : left + _LONGEST_LINE].replace("\t", " "))
    return shown + "..." if len(line) > left + _LONGEST_LINE else shown


def _notes(finding: Finding, more: int) -> Iterator[tuple[str, str]]:
    if finding.counterexample:
        yield "for example", finding.counterexample
    yield "why", finding.why
    yield "fix", finding.fix
    if more:
        yield "note", f"{more} more like this below"


def _note(label: str, said: str) -> Text:
    head = f"{'':{_GUTTER}} = "
    block = Text.assemble((head, "blue"), (f"{label}: ", "bold"))
    indent = " " * (len(head) + len(label) + 2)
    lines = [
        wrapped
        for line in said.splitlines()
        for wrapped in textwrap.wrap(printable(line), _WIDTH - len(indent), break_long_words=False) or [""]
    ]
    return block.append(f"\n{indent}".join(lines)).append("\n")


def _counts(findings: Iterable[Finding]) -> str:
    counts = Counter(one.severity for one in findings)
    return ", ".join(_count(severity, counts[severity]) for severity in Severity if counts[severity])


def _count(severity: Severity, count: int) -> str:
    one, many = _NOUNS.get(severity, (str(severity), str(severity)))
    return f"{count} {one if count == 1 else many}"


def _summary(verdict: Verdict) -> Text:
    summary = Text()
    if verdict.edges:
        common = [f"{kind} {count}" for kind, count in verdict.edges.most_common(_MOST_KINDS)]
        rest = len(verdict.edges) - len(common)
        listed = ", ".join(common) + (f", {rest} more kinds" if rest else "")
        summary.append(f"{verdict.edges.total():,} references followed: {listed}\n", "dim")
    clusters = f"{len(verdict.clusters)} cluster" + ("" if len(verdict.clusters) == 1 else "s")
    counts = [_count(severity, verdict.count(severity)) for severity in Severity] + [f"{len(verdict.waived)} waived"]
    worst = next((severity for severity in Severity if verdict.count(severity)), None)
    summary.append(f"{verdict.objects:,} objects in {clusters}: ")
    summary.append(", ".join(counts), f"bold {_COLOURS[worst] if worst else 'green'}")
    return summary.append(f" ({sum(verdict.seconds.values()):.2f} s)\n")
