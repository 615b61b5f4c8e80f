"""Wording: what a validator found, said so that a person knows which field is meant and what to write instead."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jsonschema_rs import ValidationError, ValidationErrorKind

from groundwork.proofs.apiserver.faults import Fault, Pointer, did_you_mean, spelled
from groundwork.proofs.apiserver.forms import FORMS
from groundwork.proofs.apiserver.structure import Schema, Structure

__all__ = ["faults_of", "shown"]

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "null",
    "number": "a number",
    "object": "a mapping",
    "string": "a string",
}
# The rule id of a form that has one of its own.
_FORM_RULES = {"cron": "cron", "label-key": "label", "label-value": "label", "quantity": "quantity"}
# A rule id, what is wrong with the field (without its name), and how to put it right.
_Said = tuple[str, str, str]
_LONGEST = 60
_MOST_NAMES = 12
_MOST_BRANCHES = 3


def faults_of(structure: Structure, document: Any, root: Pointer = ()) -> Iterator[Fault]:
    """Everything that the structure of a document violates; `root` is where the document stands in its object.

    Raises:
        UnreadableError: the document is nested too deeply, or holds what JSON cannot say.
    """
    for error in structure.errors(document):
        yield from _faults(structure, error, root)


def shown(value: Any) -> str:
    """A value as it stands in a sentence, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _faults(structure: Structure, error: ValidationError, root: Pointer) -> Iterator[Fault]:
    pointer = (*root, *error.instance_path)
    kind = error.kind
    if isinstance(kind, ValidationErrorKind.AdditionalProperties):
        known = structure.at(error.evaluation_path[:-1]).get("properties", {})
        for field in kind.unexpected:
            yield _unknown(field, known, pointer)
    elif isinstance(kind, ValidationErrorKind.PropertyNames):
        name = kind.error.instance
        for fault in _faults(structure, kind.error, ()):
            problem = f"{spelled(pointer)} has the key {shown(name)}, which is not {_expected(kind.error)}"
            yield Fault(rule=fault.rule, pointer=(*pointer, str(name)), problem=problem, fix=fault.fix)
    elif isinstance(kind, _CHOICES):
        yield _choice(structure, error, pointer)
    else:
        rule, says, fix = _WORDS.get(type(kind), _other)(kind, error.instance)
        yield Fault(rule=rule, pointer=pointer, problem=f"{spelled(pointer)} {says}", fix=fix)


def _unknown(field: str, known: Iterable[str], pointer: Pointer) -> Fault:
    names = sorted(known)
    meant = did_you_mean(field, names)
    listed = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
    return Fault(
        rule="unknown-field",
        pointer=(*pointer, field),
        problem=f"{spelled(pointer)} has no field `{field}`{meant}",
        fix="Correct the field's name." if meant else f"Remove it; known here: {listed}." if listed else "Remove it.",
    )


def _expected(error: ValidationError) -> str:
    kind = error.kind
    if isinstance(kind, ValidationErrorKind.Format) and kind.format in FORMS:
        return FORMS[kind.format].wording
    if isinstance(kind, ValidationErrorKind.Pattern):
        return f"what {kind.pattern} matches"
    return "allowed here"


def _required(kind: Any, _value: Any) -> _Said:
    return "required", f"lacks the required field `{kind.property}`", f"Add `{kind.property}`."


def _type(kind: Any, value: Any) -> _Said:
    expected = " or ".join(_TYPES[name] for name in sorted(kind.types))
    return "type", f"is {shown(value)}; {expected} is expected", f"Write {expected}."


def _enum(kind: Any, value: Any) -> _Said:
    options = [str(option) for option in kind.options]
    meant = did_you_mean(value, options) if isinstance(value, str) else ""
    listed = ", ".join(options)
    return "enum", f"is {shown(value)}, which is not one of {listed}{meant}", f"Use one of {listed}."


def _constant(kind: Any, value: Any) -> _Said:
    expected = shown(kind.expected_value)
    return "enum", f"is {shown(value)}; only {expected} is allowed", f"Use {expected}."


def _pattern(kind: Any, value: Any) -> _Said:
    return "pattern", f"is {shown(value)}, which {kind.pattern} does not match", f"Write what {kind.pattern} matches."


def _format(kind: Any, value: Any) -> _Said:
    wording = FORMS[kind.format].wording if kind.format in FORMS else f"a {kind.format}"
    return _FORM_RULES.get(kind.format, "format"), f"is {shown(value)}, which is not {wording}", f"Write {wording}."


def _custom(kind: Any, _value: Any) -> _Said:
    return "duplicate", kind.message, "Keep one of them."


def _unique(_kind: Any, _value: Any) -> _Said:
    return "duplicate", "holds an item twice", "Keep one of them."


def _bound(word: str) -> Callable[[Any, Any], _Said]:
    def says(kind: Any, value: Any) -> _Said:
        return "range", f"is {shown(value)}; it must be {word} {kind.limit}", f"Use a value {word} {kind.limit}."

    return says


def _size(word: str, thing: str) -> Callable[[Any, Any], _Said]:
    def says(kind: Any, value: Any) -> _Said:
        allowed = f"{word} {kind.limit} {thing}" + ("" if kind.limit == 1 else "s")
        have = "is empty" if not value else f"has {len(value)}"
        return "size", f"{have}; {allowed} must stand here", f"Write {allowed}."

    return says


def _other(kind: Any, value: Any) -> _Said:
    return "invalid", f"is {shown(value)}, which `{kind.name}` does not allow", "Correct the value."


_WORDS: dict[type[ValidationErrorKind], Callable[[Any, Any], _Said]] = {
    ValidationErrorKind.Constant: _constant,
    ValidationErrorKind.Custom: _custom,
    ValidationErrorKind.Enum: _enum,
    ValidationErrorKind.ExclusiveMaximum: _bound("below"),
    ValidationErrorKind.ExclusiveMinimum: _bound("above"),
    ValidationErrorKind.Format: _format,
    ValidationErrorKind.MaxItems: _size("at most", "item"),
    ValidationErrorKind.MaxLength: _size("at most", "character"),
    ValidationErrorKind.MaxProperties: _size("at most", "field"),
    ValidationErrorKind.Maximum: _bound("at most"),
    ValidationErrorKind.MinItems: _size("at least", "item"),
    ValidationErrorKind.MinLength: _size("at least", "character"),
    ValidationErrorKind.MinProperties: _size("at least", "field"),
    ValidationErrorKind.Minimum: _bound("at least"),
    ValidationErrorKind.Pattern: _pattern,
    ValidationErrorKind.Required: _required,
    ValidationErrorKind.Type: _type,
    ValidationErrorKind.UniqueItems: _unique,
}
_CHOICES = (
    ValidationErrorKind.AnyOf,
    ValidationErrorKind.Not,
    ValidationErrorKind.OneOfMultipleValid,
    ValidationErrorKind.OneOfNotValid,
)


def _choice(structure: Structure, error: ValidationError, pointer: Pointer) -> Fault:
    """A violated allOf, anyOf, oneOf or not: in terms of fields where the schema only speaks of fields."""
    node = structure.at(error.evaluation_path[:-1])
    says = _field_choice(node, error) or _branches(structure, error, pointer)
    return Fault(
        rule="choice", pointer=pointer, problem=f"{spelled(pointer)} {says}", fix="Set the fields that belong together."
    )


def _field_choice(node: Schema, error: ValidationError) -> str | None:
    if isinstance(error.kind, ValidationErrorKind.Not):
        together = _required_only(node.get("not"))
        return f"may not have {_both(together)} at once" if together else None
    branches = [_required_only(branch) for branch in node.get(error.kind.name, ())]
    if not all(branches):
        return None
    named = ", ".join(" with ".join(fields) for fields in branches)
    if isinstance(error.kind, ValidationErrorKind.OneOfMultipleValid):
        present = error.instance if isinstance(error.instance, dict) else {}
        return f"takes exactly one of {named}; it has {_both([one[0] for one in branches if one[0] in present])}"
    count = "exactly one" if isinstance(error.kind, ValidationErrorKind.OneOfNotValid) else "at least one"
    return f"takes {count} of {named}; it has none"


def _required_only(schema: Any) -> list[str]:
    """The fields of a schema that says nothing but `required`."""
    return list(schema["required"]) if isinstance(schema, dict) and set(schema) == {"required"} else []


def _both(fields: list[str]) -> str:
    return " and ".join(f"`{field}`" for field in fields)


def _branches(structure: Structure, error: ValidationError, pointer: Pointer) -> str:
    contexts: list[list[ValidationError]] = getattr(error.kind, "context", [])
    firsts = [next(_faults(structure, branch[0], pointer), None) for branch in contexts[:_MOST_BRANCHES] if branch]
    said = "; or ".join(fault.problem for fault in firsts if fault is not None)
    return f"fits none of the forms allowed here: {said}" if said else f"is {shown(error.instance)}, which is excluded"
