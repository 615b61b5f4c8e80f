"""PromQL: what an expression asks for. The grammar is Prometheus' own, read by promql-parser."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import promql_parser as promql

__all__ = ["Comparison", "Matcher", "Query", "Selector", "read", "regex"]

_MOST_OPERATORS = 300
_STRINGS = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|`[^`]*`')
_OPERATORS = re.compile(r"[(+*/%^<>=!-]|\b(?:and|atan2|or|unless)\b")
_COMPARED = frozenset({"==", "!=", ">", "<", ">=", "<="})
# What leaves a value on the scale of its series, and what leaves its labels.
_SAME_SCALE = frozenset(
    {"avg", "bottomk", "max", "min", "quantile", "topk"}
    | {"avg_over_time", "last_over_time", "max_over_time", "min_over_time", "quantile_over_time"}
    | {"abs", "clamp", "clamp_max", "clamp_min", "label_join", "label_replace", "sort", "sort_desc"}
)
_SAME_LABELS = frozenset({"bottomk", "limit_ratio", "limitk", "topk"})


@dataclass(frozen=True, kw_only=True)
class Matcher:
    """One condition on a label; `operator` is `=`, `!=`, `=~` or `!~`."""

    label: str
    operator: str
    value: str

    def takes(self, value: str) -> bool:
        """Whether series with this value of the label pass."""
        same = regex(self.value)(value) if "~" in self.operator else value == self.value
        return same != self.operator.startswith("!")

    def __str__(self) -> str:
        return f'{self.label}{self.operator}"{self.value}"'


@dataclass(frozen=True, kw_only=True)
class Selector:
    """The series that are asked for: by `name`, or "" where only `matchers` say which; `function` is the call around them."""

    name: str
    matchers: tuple[Matcher, ...]
    function: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A series' own value against a number."""

    name: str
    operator: str
    number: float


@dataclass(frozen=True, kw_only=True)
class Query:
    """What an expression asks for.

    `value` is the series on whose scale the result is ("" where it is on none); `without_le` are the buckets of which a
    histogram_quantile() is taken after their `le` was summed away.
    """

    selectors: tuple[Selector, ...]
    comparisons: tuple[Comparison, ...]
    without_le: tuple[str, ...]
    value: str


@functools.lru_cache(maxsize=4096)
def read(expression: str) -> Query:
    """Read an expression.

    Raises:
        ValueError: not PromQL, or nested so deeply that nobody could mean it: the parser's stack has an end.
    """
    operators = len(_OPERATORS.findall(_STRINGS.sub("", expression)))
    if operators > _MOST_OPERATORS:
        raise ValueError(f"{operators} operators and brackets are more than can be read")
    root = promql.parse(expression)
    return Query(
        selectors=tuple(_selectors(root, "")),
        comparisons=tuple(one for node in _nodes(root) for one in _compared(node)),
        without_le=tuple(name for node in _nodes(root) for name in _quantile_without_le(node)),
        value=_scale(root),
    )


@functools.lru_cache(maxsize=1024)
def regex(pattern: str) -> Callable[[str], bool]:
    """Whether a whole value matches a regular expression as Prometheus reads it: in linear time, whatever the pattern.

    Raises:
        ValueError: not a regular expression, or one too large.
    """
    options = jsonschema_rs.RegexOptions()
    schema = {"pattern": f"^(?:{pattern})$"}
    return jsonschema_rs.Draft202012Validator(schema, pattern_options=options).is_valid


def _inner(node: Any) -> Iterator[Any]:
    for field in ("lhs", "rhs", "expr", "param", "vector_selector"):
        inner = getattr(node, field, None)
        if inner is not None:
            yield inner
    yield from getattr(node, "args", None) or ()


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for inner in _inner(node):
        yield from _nodes(inner)


def _selectors(node: Any, function: str) -> Iterator[Selector]:
    if isinstance(node, promql.VectorSelector):
        matchers = tuple(
            Matcher(label=one.name, operator=_operator(one.op), value=one.value) for one in node.matchers.matchers
        )
        named = next((one.value for one in matchers if (one.label, one.operator) == ("__name__", "=")), "")
        yield Selector(name=node.name or named, matchers=matchers, function=function)
        return
    if isinstance(node, promql.Call):
        function = node.func.name
    for inner in _inner(node):
        yield from _selectors(inner, function)


def _operator(op: promql.MatchOp) -> str:
    if op == promql.MatchOp.Equal:
        return "="
    if op == promql.MatchOp.NotEqual:
        return "!="
    return "=~" if op == promql.MatchOp.Re else "!~"


def _compared(node: Any) -> Iterator[Comparison]:
    if isinstance(node, promql.BinaryExpr) and str(node.op) in _COMPARED:
        for one, other in ((node.lhs, node.rhs), (node.rhs, node.lhs)):
            if isinstance(other, promql.NumberLiteral) and _scale(one):
                yield Comparison(name=_scale(one), operator=str(node.op), number=other.val)


def _scale(node: Any) -> str:
    """The series whose own values an expression has, be it the greatest or their mean; "" where it computes others."""
    if isinstance(node, promql.VectorSelector):
        return node.name or ""
    if isinstance(node, promql.MatrixSelector):
        return node.vector_selector.name or ""
    if isinstance(node, promql.BinaryExpr):
        return _scale(node.lhs) if str(node.op) in _COMPARED else ""
    if isinstance(node, promql.AggregateExpr):
        return _scale(node.expr) if str(node.op) in _SAME_SCALE else ""
    if isinstance(node, promql.Call):
        return next(filter(None, map(_scale, node.args)), "") if node.func.name in _SAME_SCALE else ""
    return _scale(node.expr) if isinstance(node, promql.ParenExpr | promql.SubqueryExpr) else ""


def _quantile_without_le(node: Any) -> Iterator[str]:
    if isinstance(node, promql.Call) and node.func.name == "histogram_quantile":
        for one in _nodes(node.args[1]):
            if isinstance(one, promql.AggregateExpr) and not _keeps_le(one):
                yield from (each.name for each in _selectors(one, "") if each.name.endswith("_bucket"))


def _keeps_le(node: promql.AggregateExpr) -> bool:
    if str(node.op) in _SAME_LABELS:
        return True
    if node.modifier is None:
        return False
    kept: bool = node.modifier.type == promql.AggModifierType.By
    return ("le" in node.modifier.labels) is kept
