"""Shapes: a document as the API server sees it, which is not quite what the file says.

Before it validates anything, the server reads YAML as JSON (a key `1` is "1", a date is text), drops the nulls of built-in
kinds and those that a custom resource has a default for, and fills in the defaults of its schema. Required fields and CEL
rules are judged after that.
"""

from __future__ import annotations

import base64
import datetime as dt
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

__all__ = ["BUILTIN", "FREE", "Schema", "Shape", "custom_shape", "prepared"]

Schema = dict[str, Any]


class Shape:
    """A node of a structural schema, as far as preparing a document and evaluating its rules need it.

    Children are made when they are first asked for, so that a large schema costs what the documents use of it.
    """

    __slots__ = ("_children", "_items", "_schema", "defaults", "is_map", "nullable", "rules")

    def __init__(self, schema: Schema, children: Mapping[str, Shape] = MappingProxyType({})) -> None:
        self._schema = schema
        self._children: dict[str, Shape] = dict(children)
        self._items: Shape | None = None
        properties = schema.get("properties", {})
        self.nullable = bool(schema.get("nullable"))
        self.is_map = isinstance(schema.get("additionalProperties"), dict)
        self.defaults = [(name, one["default"]) for name, one in properties.items() if "default" in one]
        self.rules: list[dict[str, str]] = schema.get("x-kubernetes-validations", [])

    def child(self, name: str) -> Shape:
        """The shape of a field's value; what the schema does not know may hold anything."""
        known = self._children.get(name)
        if known is None:
            schema = self._schema.get("properties", {}).get(name)
            if schema is None and self.is_map:
                schema = self._schema["additionalProperties"]
            known = self._children[name] = FREE if schema is None else Shape(schema)
        return known

    @property
    def items(self) -> Shape:
        """The shape of a list's items."""
        if self._items is None:
            schema = self._schema.get("items")
            self._items = Shape(schema) if isinstance(schema, dict) else FREE
        return self._items

    @property
    def type(self) -> str:
        return str(self._schema.get("type", ""))

    @property
    def format(self) -> str:
        return str(self._schema.get("format", ""))


class _Anything(Shape):
    """The shape of what no schema speaks of: every part of it is like the whole."""

    __slots__ = ()

    def __init__(self, *, nullable: bool) -> None:
        super().__init__({"nullable": nullable})

    def child(self, name: str) -> Shape:
        return self

    @property
    def items(self) -> Shape:
        return self


# Below x-kubernetes-preserve-unknown-fields everything is kept, null too. A built-in kind takes null for "left out".
FREE: Shape = _Anything(nullable=True)
BUILTIN: Shape = _Anything(nullable=False)


def custom_shape(schema: Schema) -> Shape:
    """The shape of a custom resource, whose `metadata` is the same as everyone's."""
    return Shape(schema, {"metadata": BUILTIN})


_JSON = frozenset({str, int, bool, float, type(None)})


def prepared(value: Any, shape: Shape) -> Any:
    """The JSON value that the API server validates. What it is given stays as it is.

    Raises:
        RecursionError: the document is nested too deeply, or contains itself.
    """
    if isinstance(value, dict):
        return _mapping(value, shape)
    if isinstance(value, list):
        return [prepared(item, shape.items) for item in value]
    return value if value.__class__ in _JSON and value == value else _scalar(value)  # noqa: PLR0124 - NaN is no JSON


def _mapping(value: dict[Any, Any], shape: Shape) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        name = key if isinstance(key, str) else _key(key)
        child = shape.child(name)
        if item is not None or not _left_out(name, child, shape):
            result[name] = prepared(item, child)
    for name, default in shape.defaults:
        if name not in result:
            result[name] = prepared(default, shape.child(name))
    return result


def _left_out(name: str, child: Shape, shape: Shape) -> bool:
    """Whether null means that the field is left out. A custom resource's field that has no default is null then, and refused."""
    return not child.nullable and (shape is BUILTIN or any(name == defaulted for defaulted, _ in shape.defaults))


def _key(key: Any) -> str:
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    return str(_scalar(key))


def _scalar(value: Any) -> Any:
    """What YAML can say and JSON cannot, as the server's YAML reader turns it into text."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, (set, tuple)):
        return [prepared(item, FREE) for item in value]
    if isinstance(value, float) and math.isfinite(value):
        return value
    return str(value)
