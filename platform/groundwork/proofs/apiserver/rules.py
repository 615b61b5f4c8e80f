"""Rules: the CEL expressions (`x-kubernetes-validations`) of custom resources, evaluated as the API server does.

A rule sees its own node of the prepared document as `self`. Rules that compare with `oldSelf` speak of a change and say
nothing about one state: they are left out and counted. What the engine cannot compile or evaluate is never skipped in
silence: it is counted by `coverage`, and undecided for every object that it would have judged.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from groundwork.findings import Severity
from groundwork.proofs.apiserver import engine
from groundwork.proofs.apiserver.faults import Fault, Pointer, spelled
from groundwork.proofs.apiserver.functions import FUNCTIONS
from groundwork.proofs.apiserver.shapes import FREE, Schema, Shape

__all__ = ["Coverage", "coverage", "violations"]

_OLD_SELF = re.compile(r"\boldSelf\b")
# The names under which CEL reaches properties that it could not name otherwise.
_KEYWORDS = frozenset(
    {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import"}
    | {"let", "loop", "package", "namespace", "return", "var", "void", "while"}
)
_SPELLINGS = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))
# CEL's optional fields, which the engine does not know: `self.?a.b` with orValue(), or inside has().
_OR_VALUE = re.compile(r"\bself((?:\.\??\w+)+)\.orValue\(([^()]*)\)")
_HAS = re.compile(r"\bhas\(self((?:\.\??\w+)*\.\?\w+(?:\.\??\w+)*)\)")
_DURATION_PART = re.compile(r"([0-9.]+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
# What the API server, too, would stumble over: it refuses an object whose rule cannot be evaluated.
_FAILS = (KeyError, IndexError, ZeroDivisionError, ValueError)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many different rules a set of schemas holds, and what becomes of them.

    `broken` holds the rules that the engine cannot compile, each with its reason.
    """

    compiled: int
    transitions: int
    broken: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        total = self.compiled + self.transitions + len(self.broken)
        named = "".join(f"\n  {rule}: {reason}" for rule, reason in self.broken)
        return (
            f"{total} CEL rules: {self.compiled} evaluated, {self.transitions} about changes (not applicable), "
            f"{len(self.broken)} not compiled{named}"
        )


class _UnsupportedError(Exception):
    """The engine does not know what the rule needs."""


def coverage(schemas: Iterable[Schema]) -> Coverage:
    """Compile every rule of the given structural schemas and count."""
    counts: Counter[str] = Counter()
    broken: list[tuple[str, str]] = []
    for text in sorted({rule["rule"] for schema in schemas for rule in _all_rules(schema)}):
        if _OLD_SELF.search(text):
            counts["transitions"] += 1
        elif isinstance(program := _program(text), str):
            broken.append((text, program))
        else:
            counts["compiled"] += 1
    return Coverage(counts["compiled"], counts["transitions"], tuple(broken))


def _all_rules(schema: Schema) -> Iterator[dict[str, str]]:
    yield from schema.get("x-kubernetes-validations", ())
    below = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for one in below:
        if isinstance(one, dict):
            yield from _all_rules(one)


def violations(document: Any, shape: Shape, pointer: Pointer = ()) -> Iterator[Fault]:
    """The rules that a prepared document, valid in structure, violates at any of its nodes."""
    if shape.rules:
        yield from _violated(document, shape, pointer)
    if isinstance(document, dict):
        for name, value in document.items():
            if (child := shape.child(name)) is not FREE:
                yield from violations(value, child, (*pointer, name))
    elif isinstance(document, list) and shape.items is not FREE:
        for position, item in enumerate(document):
            yield from violations(item, shape.items, (*pointer, position))


def _violated(document: Any, shape: Shape, pointer: Pointer) -> Iterator[Fault]:
    rules = [rule for rule in shape.rules if not _OLD_SELF.search(rule["rule"])]
    if not rules:
        return
    context = _context()
    try:
        context.add_variable("self", _cel_value(document, shape))
    except (ValueError, TypeError, OverflowError) as error:
        yield from (_undecided(rule, pointer, f"its input cannot be represented: {error}") for rule in rules)
        return
    for rule in rules:
        try:
            holds = _evaluate(rule["rule"], context)
        except _UnsupportedError as error:
            yield _undecided(rule, pointer, str(error))
        except _FAILS as error:
            reason = f"it reads {error}, which is missing" if isinstance(error, KeyError) else str(error)
            yield _violation(rule, pointer, f"the rule `{rule['rule']}` cannot be evaluated: {reason}")
        else:
            if not holds:
                yield _violation(rule, pointer, _message(rule, context))


def _evaluate(text: str, context: engine.Context) -> bool:
    """Whether a rule holds.

    Raises:
        _UnsupportedError: the engine cannot compile or run it.
        ValueError, LookupError, ZeroDivisionError: it fails on this input, as it would in the API server.
    """
    program = _program(text)
    if isinstance(program, str):
        raise _UnsupportedError(program)
    try:
        result = program.execute(context)
    except RuntimeError as error:
        _raise_for(error)
    except TypeError as error:
        raise _UnsupportedError(_first_sentence(error)) from error
    if not isinstance(result, bool):
        raise _UnsupportedError(f"it yields {result!r}, not true or false")
    return result


def _raise_for(error: RuntimeError) -> NoReturn:
    """The engine says "Function 'int' error: ..." where a function refuses its argument."""
    if str(error).startswith("Function '"):
        raise ValueError(_first_sentence(error)) from error
    raise _UnsupportedError(_first_sentence(error)) from error


@functools.cache
def _program(text: str) -> engine.Program | str:
    """The compiled rule, or the reason why there is none."""
    try:
        return engine.compile(_without_options(text))
    except ValueError as error:
        reason = re.search(r"ERROR: \S+: (.*)", str(error))
        return reason[1] if reason else _first_sentence(error)


def _without_options(text: str) -> str:
    """The same rule in words that the engine knows: an optional field is one that is asked for first."""
    text = _OR_VALUE.sub(lambda found: f"({_asked(found[1])} ? self{found[1].replace('?', '')} : {found[2]})", text)
    return _HAS.sub(lambda found: f"({_asked(found[1])})", text)


def _asked(path: str) -> str:
    """has() of every step of a path such as `.?a.b`."""
    steps = path.replace("?", "").split(".")[1:]
    return " && ".join(f"has(self.{'.'.join(steps[: end + 1])})" for end in range(len(steps)))


@functools.cache
def _context() -> engine.Context:
    return engine.Context(functions=FUNCTIONS)


def _message(rule: dict[str, str], context: engine.Context) -> str:
    expression = rule.get("messageExpression")
    if expression is not None:
        program = _program(expression)
        try:
            said = None if isinstance(program, str) else program.execute(context)
        except (RuntimeError, TypeError, *_FAILS):
            said = None
        if isinstance(said, str) and said.strip():
            return said
    return rule.get("message") or f"the rule `{rule['rule']}` does not hold"


def _violation(rule: dict[str, str], pointer: Pointer, message: str) -> Fault:
    return Fault(
        rule="cel",
        pointer=pointer,
        problem=f"{spelled(pointer)}: {message}",
        fix=f"Make the rule of this API hold: {rule['rule']}",
    )


def _undecided(rule: dict[str, str], pointer: Pointer, reason: str) -> Fault:
    return Fault(
        rule="cel",
        pointer=pointer,
        severity=Severity.UNDECIDED,
        once=f"cel {rule['rule']}",
        problem=f"{spelled(pointer)}: a rule of this API cannot be evaluated here ({reason}): {rule['rule']}",
        fix="Ask a real API server (`kubectl apply --dry-run=server`) before the change is merged.",
    )


def _first_sentence(error: Exception) -> str:
    return str(error).partition("\n")[0].partition(". ")[0]


def _cel_value(value: Any, shape: Shape) -> Any:
    """A value as CEL sees it: declared properties only and under their CEL names, numbers and formats as typed."""
    if isinstance(value, dict):
        if shape.is_map:
            return {name: _cel_value(item, shape.child(name)) for name, item in value.items()}
        known = ((name, item, shape.child(name)) for name, item in value.items())
        return {_cel_name(name): _cel_value(item, child) for name, item, child in known if child is not FREE}
    if isinstance(value, list):
        return [_cel_value(item, shape.items) for item in value]
    if shape.type == "number" and isinstance(value, int):
        return float(value)
    if isinstance(value, str) and shape.format in _FORMATS:
        return _FORMATS[shape.format](value)
    return value


def _cel_name(name: str) -> str:
    if name in _KEYWORDS:
        return f"__{name}__"
    for char, spelling in _SPELLINGS:
        name = name.replace(char, spelling)
    return name


def _duration(text: str) -> dt.timedelta:
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
    return dt.timedelta(seconds=-seconds if text.startswith("-") else seconds)


_FORMATS: dict[str, Callable[[str], Any]] = {
    "byte": base64.b64decode,
    "date": dt.datetime.fromisoformat,
    "date-time": dt.datetime.fromisoformat,
    "duration": _duration,
}
