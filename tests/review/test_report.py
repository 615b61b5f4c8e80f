"""The verdict in words, JSON and SARIF."""

from __future__ import annotations

import json
from pathlib import Path

from groundwork.findings import Finding, Severity, Subject
from groundwork.review.check import Verdict
from groundwork.review.report import render


def verdict(tmp_path: Path) -> tuple[Verdict, Path]:
    """One finding in a file that exists."""
    file = tmp_path / "generated/one/app/web/Service.web.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("# app, from clusters/one.yaml\napiVersion: v1\nkind: Service\nspec:\n  ports:\n  - port: 99999\n")
    finding = Finding(
        rule="schema/range",
        severity=Severity.ERROR,
        subject=Subject(cluster="one", kind="Service", name="web", namespace="web"),
        path="generated/one/app/web/Service.web.yaml",
        pointer=("spec", "ports", 0, "port"),
        problem="99999 is no port",
        why="Ports end at 65535.",
        fix="Take one below 65536.",
    )
    return Verdict(findings=[finding], objects=1, clusters=["one"]), tmp_path / "generated"


def test_text_says_where_what_why_and_how_to_fix(tmp_path: Path) -> None:
    """Line and column are looked up in the file; the last line counts."""
    judged, folder = verdict(tmp_path)

    text = render(judged, "text", folder)

    assert text.splitlines()[0] == "generated/one/app/web/Service.web.yaml"
    assert "6:5      error: 99999 is no port  [schema/range]" in text
    assert "why: Ports end at 65535." in text
    assert "fix: Take one below 65536." in text
    assert text.splitlines()[-1].startswith("1 objects in 1 cluster: 1 error, 0 warning, 0 undecided")


def test_json_has_a_stable_shape(tmp_path: Path) -> None:
    """Programs find counts and findings under documented names."""
    judged, folder = verdict(tmp_path)

    document = json.loads(render(judged, "json", folder))

    assert document["version"] == 1
    assert document["counts"] == {"error": 1, "warning": 0, "undecided": 0}
    assert document["findings"][0]["subject"]["kind"] == "Service"
    assert (document["findings"][0]["line"], document["findings"][0]["column"]) == (6, 5)


def test_sarif_points_at_the_line(tmp_path: Path) -> None:
    """A code-scanning page can show the finding beside the line."""
    judged, folder = verdict(tmp_path)

    run = json.loads(render(judged, "sarif", folder))["runs"][0]

    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "generated/one/app/web/Service.web.yaml"
    assert place["region"] == {"startLine": 6, "startColumn": 5}
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["schema/range"]
