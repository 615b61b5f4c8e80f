"""A verdict as text for people, JSON for programs, SARIF for code-scanning pages."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from groundwork.findings import Finding, Severity
from groundwork.review.check import Verdict
from groundwork.tree.places import line_of

__all__ = ["render"]

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.UNDECIDED: "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(verdict: Verdict, form: Literal["text", "json", "sarif"], folder: Path) -> str:
    """The verdict in one of three forms. Line numbers are looked up here, and only for what there is to say."""
    findings = [_located(finding, folder) for finding in verdict.findings]
    findings.sort(key=lambda one: (one.path or "", one.line or 0, one.column or 0, one.rule, one.problem))
    if form == "json":
        return json.dumps(_json(verdict, findings), indent=2)
    if form == "sarif":
        return json.dumps(_sarif(findings), indent=2)
    return _text(verdict, findings)


def _located(finding: Finding, folder: Path) -> Finding:
    if finding.line is not None or finding.path is None:
        return finding
    file = folder.parent / finding.path
    if not file.is_file():
        return finding
    line, column = line_of(file.read_text(errors="replace"), finding.pointer)
    return dataclasses.replace(finding, line=line, column=column)


def _text(verdict: Verdict, findings: list[Finding]) -> str:
    lines = []
    for path, group in _by_path(findings).items():
        lines.append(path or "the tree")
        for one in group:
            where = f"{one.line}:{one.column or 1}" if one.line else "-"
            lines += [f"  {where:<8} {one.severity}: {one.problem}  [{one.rule}]", f"           why: {one.why}"]
            if one.counterexample:
                lines.append(f"           for example: {one.counterexample}")
            lines.append(f"           fix: {one.fix}")
        lines.append("")
    counts = ", ".join(f"{verdict.count(severity)} {severity}" for severity in Severity)
    clusters = f"{len(verdict.clusters)} cluster" + ("s" if len(verdict.clusters) != 1 else "")
    lines += [
        *verdict.notes,
        f"{verdict.objects} objects in {clusters}: {counts} ({sum(verdict.seconds.values()):.2f} s)",
    ]
    return "\n".join(lines)


def _by_path(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[finding.path or ""].append(finding)
    return groups


def _json(verdict: Verdict, findings: list[Finding]) -> dict[str, Any]:
    return {
        "version": 1,
        "objects": verdict.objects,
        "clusters": verdict.clusters,
        "counts": {str(severity): verdict.count(severity) for severity in Severity},
        "findings": [dataclasses.asdict(finding) for finding in findings],
    }


def _sarif(findings: list[Finding]) -> dict[str, Any]:
    rules = {one.rule: one for one in findings}
    driver = {
        "name": "groundwork",
        "rules": [
            {"id": name, "shortDescription": {"text": one.why}, "help": {"text": one.fix}}
            for name, one in sorted(rules.items())
        ],
    }
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(one) for one in findings]}],
    }


def _result(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.problem}. {finding.fix}"},
    }
    if finding.path:
        region = {"startLine": finding.line or 1, "startColumn": finding.column or 1}
        result["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": finding.path}, "region": region}}]
    return result
