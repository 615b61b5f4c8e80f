"""JSON: the shape that docs/findings.md promises."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from groundwork.findings import Severity
from groundwork.review.check import Verdict, judge
from groundwork.review.json_report import VERSION, document
from groundwork.review.report import report
from groundwork.review.waiver import Waiver
from groundwork.review.waivers import Waived
from tests.review.shop import found
from tests.review.test_waiver import RIGHT

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    """The published schema."""
    body = json.loads((ROOT / "docs/findings.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(body)
    return jsonschema.Draft202012Validator(body, format_checker=jsonschema.FormatChecker())


def verdict(tree: Path) -> Verdict:
    """Findings of every form: located, without a line, without an object, waived."""
    return Verdict(
        folder=tree,
        findings=[
            found(counterexample="curl http://web"),
            found(severity=Severity.WARNING, path=None),
            replace(found(severity=Severity.UNDECIDED), subject=None, pointer=()),
        ],
        waived=[Waived(finding=found("schema/type"), waiver=Waiver.model_validate(RIGHT))],
        objects=3,
        clusters=["dev"],
        edges=Counter({"Service -> pods": 1}),
        seconds={"tree": 0.12345},
    )


def written(tree: Path) -> dict[str, Any]:
    """What a program reads."""
    body: dict[str, Any] = json.loads(json.dumps(document(report(verdict(tree)))))
    return body


def test_every_form_of_finding_fits_the_schema(tree: Path, schema: jsonschema.Draft202012Validator) -> None:
    """The schema is closed: a key that it does not describe fails."""
    schema.validate(written(tree))


def test_a_real_verdict_fits_the_schema(schema: jsonschema.Draft202012Validator) -> None:
    """Of the reference fleet, with its pins listed."""
    judged = judge(ROOT / "generated", policies=ROOT / "policies", production=True)

    body = document(report(judged))

    assert body["findings"]
    schema.validate(json.loads(json.dumps(body)))


@pytest.mark.parametrize("spoil", ["version", "findings", "counts", "rule", "fingerprint", "extra", "waiver"])
def test_the_schema_refuses_another_shape(tree: Path, schema: jsonschema.Draft202012Validator, spoil: str) -> None:
    """It would be worthless otherwise."""
    body = written(tree)
    if spoil == "extra":
        body["findings"][0]["extra"] = 1
    elif spoil in body:
        del body[spoil]
    else:
        del (body["waived"][0] if spoil == "waiver" else body["findings"][0])[spoil]

    assert not schema.is_valid(body)


def test_the_documented_example_fits_the_schema(schema: jsonschema.Draft202012Validator) -> None:
    """What people copy from is right, and of the present version."""
    example = re.search(r"```json\n(.*?)```", (ROOT / "docs/findings.md").read_text(), re.DOTALL)

    assert example is not None
    schema.validate(json.loads(example[1]))
    assert VERSION == json.loads(example[1])["version"]


def test_counts_agree_with_what_is_listed(tree: Path) -> None:
    """Waived findings stand apart, and count apart."""
    body = written(tree)

    assert {"error": 1, "warning": 1, "undecided": 1, "waived": 1} == body["counts"]
    assert (3, 1) == (len(body["findings"]), len(body["waived"]))
    assert RIGHT == body["waived"][0]["waiver"]


def test_a_finding_says_its_place_in_every_way(tree: Path) -> None:
    """For editors, for programs that read the manifest, and for waivers."""
    (one,) = (one for one in written(tree)["findings"] if one["line"])

    assert (11, 5, ["spec", "ports", 0, "port"]) == (one["line"], one["column"], one["pointer"])
    assert "dev: Service shop/web" == one["object"]
    assert {"cluster": "dev", "group": "", "kind": "Service", "namespace": "shop", "name": "web"} == one["subject"]
