"""Every rule that a finding can name is stated once and explained."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundwork.findings import Rule
from groundwork.proofs.apiserver import refusals
from groundwork.review.rules import catalogue, explain, stated

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "platform/groundwork"
POLICIES = ROOT / "policies"
STATED = stated(POLICIES)


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every module that may judge a tree."""
    for folder in ("tree", "proofs", "review"):
        for file in sorted((PACKAGE / folder).rglob("*.py")):
            yield file, ast.parse(file.read_text())


def calls(module: ast.Module, name: str) -> list[ast.Call]:
    """Calls of a function or class by its bare name."""
    return [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


def test_every_finding_comes_from_a_stated_rule() -> None:
    """Nothing but a Rule makes a Finding, so no id can be emitted that nobody states."""
    assert [] == [file.name for file, module in modules() if calls(module, "Finding")]


def test_every_rule_that_a_module_writes_down_is_gathered() -> None:
    """A rule outside of a module's RULES would be found by nobody who asks for it."""
    written = [
        str(keyword.value.value)
        for _, module in modules()
        for call in calls(module, "Rule")
        for keyword in call.keywords
        if keyword.arg == "id" and isinstance(keyword.value, ast.Constant)
    ]

    policies = {name for name in STATED if name.startswith("policies/")} - {"policies/not-given"}
    assert sorted(STATED.keys() - policies) == sorted(written)
    assert len(policies) > 30


def test_every_fault_of_the_api_server_has_a_rule() -> None:
    """Faults name their rule by its last part; wording returns it first."""
    named: set[str] = set()
    for file, module in modules():
        if "apiserver" in file.parts or file.name == "schema.py":
            for call in calls(module, "Fault"):
                named |= {
                    str(one.value.value)
                    for one in call.keywords
                    if one.arg == "rule" and isinstance(one.value, ast.Constant)
                }
        if file.name == "wording.py":
            named |= {
                str(node.value.elts[0].value)
                for node in ast.walk(module)
                if isinstance(node, ast.Return)
                and isinstance(node.value, ast.Tuple)
                and isinstance(node.value.elts[0], ast.Constant)
            }

    known = {rule.id.removeprefix("schema/") for rule in refusals.RULES}
    assert named <= known
    assert known - named <= {"cron"}  # stands in a table of forms


@pytest.mark.parametrize("rule", [one.rule for one in STATED.values()], ids=lambda rule: rule.id)
def test_a_rule_is_explained(rule: Rule) -> None:
    """What must hold, why, what to do, and more for who asks; a title is a sentence without a full stop."""
    assert all(part.strip() for part in (rule.title, rule.why, rule.fix, rule.explanation))
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.explanation != rule.why
    assert not [line for line in explain(rule.id, POLICIES).splitlines() if len(line) > 140]


def test_explaining_tells_all_of_a_rule() -> None:
    """And where it is stated."""
    text = explain("schema/selector")

    rule = STATED["schema/selector"].rule
    assert text.startswith("schema/selector (error)\n\nA workload selects its own pods.\n")
    assert all(line in text for line in rule.explanation.splitlines())
    assert text.endswith("Stated in platform/groundwork/proofs/apiserver/refusals.py.")


def test_a_policys_rule_comes_from_its_folder() -> None:
    """Its metadata says the same things."""
    assert explain("policies/host-path", POLICIES).endswith("Stated in policies/host_path/policy.rego.")
    assert "policies/host-path" not in stated()


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("schema/selectr", "did you mean schema/selector?"),
        ("selector", "did you mean schema/selector?"),
        ("nothing-like-it", "`groundwork explain` lists them all"),
    ],
)
def test_a_misspelt_rule_is_not_explained(asked: str, hint: str) -> None:
    """The nearest one is named."""
    with pytest.raises(LookupError, match=hint):
        explain(asked, POLICIES)


def test_the_catalogue_has_a_line_per_rule() -> None:
    """Id, severity, title; sorted."""
    lines = catalogue(POLICIES).splitlines()

    assert [*STATED] == [line.split()[0] for line in lines] == sorted(STATED)
    assert any(line.split()[1:3] == ["undecided", "The"] for line in lines)
