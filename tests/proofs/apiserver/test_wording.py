"""Wording: what a validator found is said in terms of the field, and of what to write instead."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from groundwork.proofs.apiserver.structure import Structure
from groundwork.proofs.apiserver.wording import faults_of, shown


def said(schema: dict[str, Any], value: Any) -> list[tuple[str, str]]:
    """Rule and problem of each fault of a value."""
    structure = Structure(jsonschema_rs.Draft202012Validator(schema), schema, {})
    return [(fault.rule, fault.problem) for fault in faults_of(structure, value, ("spec",))]


@pytest.mark.parametrize(
    ("schema", "value", "rule", "problem"),
    [
        ({"type": ["integer", "string"]}, [], "type", "spec is []; a whole number or a string is expected"),
        ({"const": 1}, 2, "enum", "spec is 2; only 1 is allowed"),
        ({"exclusiveMinimum": 0}, 0, "range", "spec is 0; it must be above 0"),
        ({"exclusiveMaximum": 0}, 0, "range", "spec is 0; it must be below 0"),
        ({"maxLength": 3}, "abcd", "size", "spec has 4; at most 3 characters must stand here"),
        ({"maxItems": 1}, [1, 2], "size", "spec has 2; at most 1 item must stand here"),
        ({"minProperties": 1}, {}, "size", "spec is empty; at least 1 field must stand here"),
        ({"maxProperties": 1}, {"a": 1, "b": 2}, "size", "spec has 2; at most 1 field must stand here"),
        ({"uniqueItems": True}, [1, 1], "duplicate", "spec holds an item twice"),
        ({"multipleOf": 2}, 3, "invalid", "spec is 3, which `multipleOf` does not allow"),
        ({"properties": {}, "additionalProperties": False}, {"a": 1}, "unknown-field", "spec has no field `a`"),
        (
            {"anyOf": [{"required": ["a"]}, {"required": ["b", "c"]}]},
            {},
            "choice",
            "spec takes at least one of a, b with c; it has none",
        ),
        ({"not": {"required": ["a", "b"]}}, {"a": 1, "b": 1}, "choice", "spec may not have `a` and `b` at once"),
        ({"not": {"type": "string"}}, "x", "choice", 'spec is "x", which is excluded'),
        (
            {"anyOf": [{"type": "string"}, {"properties": {"a": {"maximum": 1}}}]},
            {"a": 2},
            "choice",
            'spec fits none of the forms allowed here: spec is {"a": 2}; a string is expected; or spec.a is 2; it must be at most 1',
        ),
    ],
)
def test_an_error_is_said_in_terms_of_the_field(schema: dict[str, Any], value: Any, rule: str, problem: str) -> None:
    """Each keyword has a sentence that names the field, what it holds and what it takes."""
    assert said(schema, value) == [(rule, problem)]


def test_a_sound_value_has_no_fault() -> None:
    """Nothing is said of what fits."""
    assert said({"type": "string"}, "x") == []


def test_a_long_value_is_shortened() -> None:
    """A finding stays a sentence, however long the value."""
    assert shown("x" * 500) == '"' + "x" * 59 + "…"
    assert shown({"a": "ä"}) == '{"a": "ä"}'
