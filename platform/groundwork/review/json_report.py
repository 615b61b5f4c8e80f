"""A verdict for programs. docs/findings.md describes the shape, docs/findings.schema.json checks it."""

from __future__ import annotations

import dataclasses
from typing import Any

from groundwork.findings import Finding, Severity
from groundwork.review.fingerprints import fingerprints
from groundwork.review.report import Report

__all__ = ["VERSION", "document"]

# Raised when a key changes its meaning or goes away; new keys do not count.
VERSION = 1


def document(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    verdict = report.verdict
    waived = [one.finding for one in report.waived]
    return {
        "version": VERSION,
        "objects": verdict.objects,
        "clusters": verdict.clusters,
        "edges": dict(sorted(verdict.edges.items())),
        "counts": {**{str(one): verdict.count(one) for one in Severity}, "waived": len(waived)},
        "seconds": {check: round(seconds, 3) for check, seconds in verdict.seconds.items()},
        "findings": list(map(_finding, report.findings, fingerprints(report.findings))),
        "waived": [
            {**_finding(one.finding, fingerprint), "waiver": one.waiver.model_dump(mode="json")}
            for one, fingerprint in zip(report.waived, fingerprints(waived), strict=True)
        ],
    }


def _finding(finding: Finding, fingerprint: str) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "object": str(finding.subject) if finding.subject else None,
        "subject": dataclasses.asdict(finding.subject) if finding.subject else None,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "pointer": list(finding.pointer),
        "problem": finding.problem,
        "why": finding.why,
        "fix": finding.fix,
        "counterexample": finding.counterexample,
        "fingerprint": fingerprint,
    }
