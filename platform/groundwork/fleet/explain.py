"""What pydantic found wrong, as plain sentences at the place in the file where the mistake stands."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from groundwork.findings import Finding
from groundwork.fleet.declaration import Declaration
from groundwork.fleet.source import MAX_PROBLEMS, Document, Pointer

__all__ = ["did_you_mean", "explain", "label"]

_RULE = "declaration/invalid"
_WHY = "What cannot be rendered is refused here, where its line is known, and not in a cluster."
_SHOWN = 60
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_KEY = "[key]"


def explain(
    error: ValidationError, noun: type[Declaration], document: Document, *, body: Any = None, base: Pointer = ()
) -> Iterator[Finding]:
    """One finding per mistake, up to a bearable number.

    `body` is what was validated, if that is not the document itself; `base` is the place in the document it came from.
    """
    body = document.body if body is None else body
    explanations = [
        _Explanation(one, noun, document, body, base) for one in error.errors(include_url=False)[:MAX_PROBLEMS]
    ]
    meant = {one.meant for one in explanations if one.meant is not None}
    for one in explanations:
        # A misspelt key is missing under its right name as well: one mistake, one finding.
        if one.kind != "missing" or one.inner not in meant:
            yield from one.findings()


def did_you_mean(name: str, offered: Iterable[str]) -> str:
    """A hint in parentheses with a leading space, or nothing."""
    close = get_close_matches(name, offered, n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""


def label(pointer: Pointer) -> str:
    """How messages name a place: "`replicas.min`", "item 2 of `tools`"."""
    words = ".".join(_short(step) for step in pointer if isinstance(step, str))
    if pointer and isinstance(pointer[-1], int):
        return f"item {pointer[-1] + 1} of `{words}`"
    return f"`{words}`" if words else "the declaration"


class _Explanation:
    """One of pydantic's errors, put into words."""

    def __init__(
        self, details: ErrorDetails, noun: type[Declaration], document: Document, body: Any, base: Pointer
    ) -> None:
        self.kind = details["type"]
        self.value = details["input"]
        self.context: dict[str, Any] = details.get("ctx", {})
        self.message = details["msg"]
        self.noun = noun
        self.document = document
        self.base = base
        self.inner, self.about_key, self.relevant, self.choice = _locate(details["loc"], body)

    @functools.cached_property
    def meant(self) -> Pointer | None:
        """The key that an unknown one was probably meant to be."""
        if self.kind != "extra_forbidden":
            return None
        close = get_close_matches(str(self.inner[-1]), self._offered(), n=1)
        return (*self.inner[:-1], close[0]) if close else None

    def _offered(self) -> list[str]:
        return list(_schema_at(self.noun, self.inner[:-1]).get("properties", {}))

    def findings(self) -> Iterator[Finding]:
        if not self.relevant:
            return
        if self.kind == "impossible":
            for at, problem, fix in self.context["problems"]:
                yield self._finding((*self.base, *self.inner, *at), problem, fix)
            return
        problem, fix = self._sentence()
        at_key = self.about_key or self.kind == "extra_forbidden"
        yield self._finding((*self.base, *self.inner), problem, fix, at_key=at_key)

    def _finding(self, pointer: Pointer, problem: str, fix: str, *, at_key: bool = False) -> Finding:
        return self.document.wrong(pointer, problem, why=_WHY, fix=fix, rule=_RULE, key=at_key)

    def _sentence(self) -> tuple[str, str]:
        """What is wrong, and how to fix it."""
        name = label((*self.base, *self.inner))
        if self.kind == "missing":
            return f"{name} is missing", self._description("Add it.")
        if self.kind == "extra_forbidden":
            return self._unknown_key()
        if self.kind == "literal_error":
            return self._literal(name)
        if self.kind == "value_error":
            return f"{name}: {self.context['error']}", self._description("Correct it.")
        return self._content(name)

    def _content(self, name: str) -> tuple[str, str]:
        if self.kind == "string_pattern_mismatch":
            meaning = _meanings(self.noun).get(self.context["pattern"], f"must match {self.context['pattern']}")
            return f"{name} {meaning}, not {_shown(self.value)}", self._description("Correct it.")
        if self.kind in _BOUNDS:
            words, key = _BOUNDS[self.kind]
            return f"{name} must be {words} {self.context[key]}, not {_shown(self.value)}", "Correct it."
        return self._size_or_type(name)

    def _size_or_type(self, name: str) -> tuple[str, str]:
        if self.kind == "too_short":
            return f"{name} needs at least {self.context['min_length']} item", self._description("Add one.")
        if self.kind == "string_too_short":
            return f"{name} is empty text", self._description("Write something.")
        if self.kind == "string_too_long":
            most = self.context["max_length"]
            return f"{name} has {len(self.value)} characters, {most} are allowed", "Shorten it."
        expected = _KINDS.get(self.kind.partition("_")[0])
        if expected is None:
            return f"{name}: {self.message}", "Correct it."
        return self._wrong_type(name, "a name, or a name with details" if self.choice else expected)

    def _wrong_type(self, name: str, expected: str) -> tuple[str, str]:
        if self.value is None:
            fix = (
                "Write {} if there is nothing to say." if expected == "a mapping" else self._description("Fill it in.")
            )
            return f"{name} is empty: it must be {expected}", fix
        plain = self.document.plain.get((*self.base, *self.inner))
        if expected == "text" and plain is not None:
            return f"{name} must be text, not {_shown(self.value, plain)}", f'Put it in quotes: "{plain}".'
        return f"{name} must be {expected}, not {_shown(self.value, plain)}", self._description("Correct it.")

    def _unknown_key(self) -> tuple[str, str]:
        key = str(self.inner[-1])
        parent = (*self.base, *self.inner[:-1])
        offered = self._offered()
        where = f" in {label(parent)}" if parent else ""
        problem = f"the key {_shown(key, key)} is not known{where}{did_you_mean(key, offered)}"
        return problem, f"Known here: {', '.join(offered)}."

    def _literal(self, name: str) -> tuple[str, str]:
        offered = [str(one) for one in _schema_at(self.noun, self.inner).get("enum", ())]
        if not offered:
            offered = [str(_schema_at(self.noun, self.inner).get("const", self.context["expected"]))]
        choice = offered[0] if len(offered) == 1 else f"one of {', '.join(offered)}"
        if self.value is None:
            return f"{name} is empty: it must be {choice}", self._description("Choose one.")
        plain = self.document.plain.get((*self.base, *self.inner))
        hint = did_you_mean(self.value, offered) if isinstance(self.value, str) else ""
        return f"{name} must be {choice}, not {_shown(self.value, plain)}{hint}", self._description("Choose one.")

    def _description(self, otherwise: str) -> str:
        return f"{otherwise} {_schema_at(self.noun, self.inner).get('description', '')}".strip()


def _locate(location: tuple[str | int, ...], body: Any) -> tuple[Pointer, bool, bool, bool]:
    """The place that pydantic means, and what is said about it.

    Pydantic puts names of its own into a location: which branch of a choice it tried, and whether a key is meant.

    Returns:
        The pointer into the body; whether the key is meant; whether the error is about the branch that was meant at
        all; whether there was a choice.
    """
    pointer: list[str | int] = []
    here, choice = body, False
    for step in location:
        if step == _KEY:
            return tuple(pointer), True, True, choice
        if isinstance(step, str) and not (isinstance(here, dict) and step in here) and _is_branch(step):
            if step.startswith("dict[") != isinstance(here, dict):
                return tuple(pointer), False, False, True
            choice = not isinstance(here, (dict, str))
            continue
        pointer.append(step)
        here, choice = _step(here, step), False
    return tuple(pointer), False, True, choice


def _is_branch(step: str) -> bool:
    return step.startswith(("dict[", "constrained-", "function-"))


def _step(here: Any, step: str | int) -> Any:
    try:
        return here[step]
    except (KeyError, IndexError, TypeError):
        return None


def _shown(value: Any, plain: str | None = None) -> str:
    """A value as messages quote it: short, and as it stands in the file."""
    if isinstance(value, (dict, tuple, list)):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value) if plain is None else plain
    return f"'{_short(text)}'" if isinstance(value, str) else _short(text)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


@functools.cache
def _schema(noun: type[Declaration]) -> dict[str, Any]:
    return noun.model_json_schema()


@functools.cache
def _meanings(noun: type[Declaration]) -> dict[str, str]:
    """What each pattern of a noun asks for, in words: its schema says both."""
    found: dict[str, str] = {}
    waiting: list[Any] = [_schema(noun)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("patternErrorMessage"), str):
            # Of an optional text, the pattern stands in the branch that is not null.
            found.update(
                (one["pattern"], node["patternErrorMessage"])
                for one in (node, *node.get("anyOf", ()))
                if "pattern" in one
            )
        for pattern in node.get("patternProperties", ()):
            found[pattern] = node["propertyNames"]["patternErrorMessage"]
        waiting.extend(node.values())
    return found


def _schema_at(noun: type[Declaration], pointer: Pointer) -> dict[str, Any]:
    """The part of a noun's schema that describes a place; empty where there is none."""
    root = _schema(noun)
    node: dict[str, Any] = root
    for step in pointer:
        node = _followed(root, node, step)
    return _followed(root, node, None)


def _followed(root: dict[str, Any], node: dict[str, Any], step: str | int | None) -> dict[str, Any]:
    """One step down, through references and choices; without a step, only through those that hide the node itself."""
    while "$ref" in node:
        said = {key: value for key, value in node.items() if key != "$ref"}
        node = {**root["$defs"][node["$ref"].rpartition("/")[2]], **said}
    for choice in node.get("anyOf", ()):
        found = _followed(root, choice, step)
        if found and found.get("type") != "null":
            return {**found, **{key: node[key] for key in ("description",) if step is None and key in node}}
    if step is None:
        return node
    if isinstance(step, int):
        return dict(node.get("items", {}))
    if step in node.get("properties", {}):
        return dict(node["properties"][step])
    values = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    return next((dict(one) for one in values if isinstance(one, dict)), {})
