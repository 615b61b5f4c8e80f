"""A verdict made ready for telling: every finding with its line, in the order of the files. text, json_report and sarif tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from groundwork.findings import Finding
from groundwork.review.check import Verdict
from groundwork.review.source import Sources
from groundwork.review.waivers import Waived

__all__ = ["Report", "report"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """A verdict, and its findings located and sorted."""

    verdict: Verdict
    findings: Sequence[Finding]
    waived: Sequence[Waived]
    sources: Sources


def report(verdict: Verdict) -> Report:
    """Look up the lines, only for what there is to say and once per file."""
    sources = Sources(one for one in (verdict.folder, verdict.policies) if one is not None)
    waived = [replace(one, finding=sources.located(one.finding)) for one in verdict.waived]
    return Report(
        verdict=verdict,
        findings=sorted(map(sources.located, verdict.findings), key=_order),
        waived=sorted(waived, key=lambda one: _order(one.finding)),
        sources=sources,
    )


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.path or "", finding.line or 0, finding.column or 0, finding.rule, finding.problem
