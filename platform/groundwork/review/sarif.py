"""A verdict for code-scanning pages: SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from groundwork.findings import Finding, Rule, Severity
from groundwork.review.fingerprints import fingerprints
from groundwork.review.report import Report
from groundwork.review.rules import stated
from groundwork.review.waiver import Waiver

__all__ = ["document"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.UNDECIDED: "note"}

Json = dict[str, Any]


def document(report: Report) -> Json:
    """The report as JSON values. Waived findings are there, suppressed."""
    findings = [*report.findings, *(one.finding for one in report.waived)]
    waivers = [*(None for _ in report.findings), *(one.waiver for one in report.waived)]
    known = stated(report.verdict.policies)
    broken = {name: index for index, name in enumerate(sorted({one.rule for one in findings}))}
    results = [
        _result(finding, broken, fingerprint, waiver)
        for finding, fingerprint, waiver in zip(findings, fingerprints(findings), waivers, strict=True)
    ]
    driver = {
        "name": "groundwork",
        "semanticVersion": version("groundwork"),
        "rules": [_rule(known[name].rule) for name in broken],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why}\n\n{rule.fix}\n\n{rule.explanation}",
            "markdown": f"{rule.why}\n\n**Fix:** {rule.fix}\n\n```text\n{rule.explanation}\n```",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, rules: Mapping[str, int], fingerprint: str, waiver: Waiver | None) -> Json:
    said = [f"{finding.problem}.", finding.counterexample, finding.why, finding.fix]
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": rules[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": "\n".join(part for part in said if part)},
        # The one key by which GitHub follows a result from commit to commit.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }
    location = _location(finding)
    if location:
        result["locations"] = [location]
    if waiver is not None:
        why = f"{waiver.reason} ({waiver.owner}, until {waiver.expires})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _location(finding: Finding) -> Json:
    location: Json = {}
    if finding.path is not None:
        # A page shows nothing that has no line.
        region = {"startLine": finding.line or 1, "startColumn": finding.column or 1}
        artifact = {"uri": quote(finding.path), "uriBaseId": "%SRCROOT%"}
        location["physicalLocation"] = {"artifactLocation": artifact, "region": region}
    if finding.subject is not None:
        name = {"fullyQualifiedName": str(finding.subject), "kind": "resource"}
        location["logicalLocations"] = [name]
    return location
