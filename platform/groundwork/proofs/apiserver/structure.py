"""Structure: the JSON Schemas that the API server validates with, made as strict as the API server is.

A published schema accepts more than its server does. Custom resources' schemas let unknown fields pass (the server
prunes or refuses them) and name types in ways of their own: int-or-string, nullable, int32. Built-in kinds' schemas
allow null everywhere and know neither quantities nor the limits of `limits.py`. Both are rewritten here, once per
process and only for the kinds in use.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jsonschema_rs

from groundwork.catalog import apis
from groundwork.proofs.apiserver.forms import FORMS
from groundwork.proofs.apiserver.limits import LIMITS

__all__ = [
    "Structure",
    "UnreadableError",
    "builtin_structure",
    "custom_structure",
    "eksctl_structure",
    "metadata_structure",
    "strict",
]

Schema = dict[str, Any]

_OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
# What controller-gen writes for a resource.Quantity.
_QUANTITY_PATTERN = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
_INTEGERS = ("integer", ["integer", "null"])
_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
# OpenAPI 3.0 says "exclusive" with a flag beside the bound, JSON Schema with the bound itself.
_EXCLUSIVE = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
_INT_OR_STRING_CHOICE = [{"type": "integer"}, {"type": "string"}]
# Where a key of a list may be left out, the server fills this in before it compares.
_KEY_DEFAULTS = {"protocol": "TCP"}
_DEFINITIONS: Final = "https://kubernetes.io/definitions"


class UnreadableError(ValueError):
    """A document cannot be read as JSON."""


@dataclass(frozen=True)
class Structure:
    """A compiled schema, and the schema itself for whoever explains an error."""

    validator: jsonschema_rs.Validator
    schema: Schema
    definitions: Mapping[str, Schema]

    def errors(self, document: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Everything that is wrong with a document of JSON values.

        Raises:
            UnreadableError: the document is nested too deeply, or holds what JSON cannot say.
        """
        try:
            if not self.validator.is_valid(document):
                yield from self.validator.iter_errors(document)
        except (ValueError, OverflowError) as error:
            raise UnreadableError(str(error)) from error

    def at(self, evaluation_path: list[str | int]) -> Schema:
        """The part of the schema that an error's `evaluation_path` leads through, references followed."""
        node: Any = self.schema
        for step in evaluation_path:
            node = self.definitions[node["$ref"].rpartition("/")[2]] if step == "$ref" else node[step]
        return node if isinstance(node, dict) else {}


@functools.cache
def custom_structure(api: apis.CustomApi, version: str) -> Structure:
    """The strict schema of a custom resource's version. Its `metadata` is judged by `metadata_structure`.

    Raises:
        UnknownApiError: the version is not known.
    """
    published = api.schema(version)
    properties = dict(published.get("properties", {}))
    metadata = properties.pop("metadata", {})
    if "status" in api.version(version).get("subresources", {}) and "status" in properties:
        properties["status"] = {
            "x-kubernetes-preserve-unknown-fields": True
        }  # the server ignores what is written to it
    schema = strict({**published, "properties": {"apiVersion": {}, "kind": {}, **properties}})
    schema["properties"]["metadata"] = metadata
    return Structure(_compile(schema), schema, {})


@functools.cache
def builtin_structure(kubernetes: str, definition: str) -> Structure:
    """The strict schema of a built-in kind, by the name of its definition.

    Raises:
        UnknownApiError: the schemas of that Kubernetes version are not installed.
    """
    definitions, registry = _definitions(kubernetes)
    schema = {"$ref": f"{_DEFINITIONS}#/$defs/{definition}"}
    return Structure(_compile(schema, registry), schema, definitions)


def metadata_structure(kubernetes: str) -> Structure:
    """The schema of every object's `metadata`."""
    return builtin_structure(kubernetes, _OBJECT_META)


@functools.cache
def eksctl_structure() -> Structure:
    """The schema of eksctl's ClusterConfig, which eksctl's authors keep closed."""
    schema = apis.eksctl_schema()
    return Structure(jsonschema_rs.Draft7Validator(schema, offline=True), schema, schema["definitions"])


@functools.cache
def _definitions(kubernetes: str) -> tuple[dict[str, Schema], jsonschema_rs.Registry]:
    published = apis.kubernetes(kubernetes).definitions
    definitions = {name: _rewritten(node, _builtin_node) for name, node in published.items()}
    definitions[_QUANTITY] = {"type": ["number", "string"], "format": "quantity"}
    definitions[_INT_OR_STRING] = {"type": ["integer", "string"]}
    for name in LIMITS.keys() & definitions.keys():
        definitions[name] = _limited(definitions[name], LIMITS[name])
    return definitions, jsonschema_rs.Registry([(_DEFINITIONS, {"$defs": definitions})])


def _compile(schema: Schema, registry: jsonschema_rs.Registry | None = None) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(
        schema,
        registry=registry,
        offline=True,
        validate_formats=True,
        formats={name: form.test for name, form in FORMS.items()},
        # Rust's expressions are Go's, flags inside a pattern included; ECMAScript's are not.
        pattern_options=jsonschema_rs.RegexOptions(),
        keywords={"x-kubernetes-list-map-keys": _UniqueKeys, "x-kubernetes-list-type": _UniqueItems},
    )


def strict(schema: Schema) -> Schema:
    """A CRD's structural schema as a JSON Schema that refuses what the API server refuses."""
    return _rewritten(schema, _custom_node)


def _rewritten(schema: Schema, rewrite: Callable[[Schema], Schema]) -> Schema:
    """A copy with every structural node rewritten; what stands below allOf, anyOf, oneOf and not only limits values."""
    node = dict(schema)
    if "properties" in node:
        node["properties"] = {name: _rewritten(one, rewrite) for name, one in node["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            node[key] = _rewritten(node[key], rewrite)
    if node.get("x-kubernetes-list-type", "set") != "set":
        del node["x-kubernetes-list-type"]
    node = _ranged(rewrite(node))
    if node.get("additionalProperties") is False:
        node.setdefault("properties", {})  # the validator names an unexpected field only where fields are declared
    return node


def _ranged(node: Schema) -> Schema:
    if node.get("type") not in _INTEGERS or node.get("format") not in _RANGES:
        return node
    low, high = _RANGES[node["format"]]
    return {"minimum": low, "maximum": high, **node}


def _custom_node(node: Schema) -> Schema:
    if node.get("x-kubernetes-int-or-string"):
        node["type"] = ["integer", "string"]
        if node.get("anyOf") == _INT_OR_STRING_CHOICE:
            del node["anyOf"]
    if node.get("pattern") == _QUANTITY_PATTERN:
        del node["pattern"]
        node["format"] = "quantity"
    for bound, exclusive in _EXCLUSIVE:
        if exclusive in node and node.pop(exclusive):
            node[exclusive] = node.pop(bound)
    if node.get("x-kubernetes-embedded-resource"):
        node["properties"] = {"apiVersion": {}, "kind": {}, "metadata": {}, **node.get("properties", {})}
    if _is_closed(node):
        node["additionalProperties"] = False
    if node.get("nullable") and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    return node


def _is_closed(node: Schema) -> bool:
    is_object = node.get("type") == "object" or "properties" in node
    return is_object and "additionalProperties" not in node and not node.get("x-kubernetes-preserve-unknown-fields")


def _builtin_node(node: Schema) -> Schema:
    # "null" stands for "may be left out"; a null is dropped before anything is validated.
    if isinstance(node.get("type"), list):
        node["type"] = next(one for one in node["type"] if one != "null")
    reference = node.get("$ref")
    return node if reference is None else {**node, "$ref": reference.replace("/api/_definitions.json", "")}


def _limited(definition: Schema, limits: Schema) -> Schema:
    known = definition.get("properties", {})
    fields = {field: one for field, one in limits.get("properties", {}).items() if field in known}
    return _merged(definition, {**limits, "properties": fields})  # a limit brings no field to an older Kubernetes


def _merged(schema: Schema, limits: Schema) -> Schema:
    merged = dict(schema)
    for key, value in limits.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[key] = _merged(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            merged[key] = [*known, *value]
        else:
            merged[key] = value
    return merged


class _UniqueKeys:
    """The keyword `x-kubernetes-list-map-keys`: no two items of a list agree in all keys."""

    def __init__(self, parent_schema: Schema, value: Any, schema_path: list[str | int]) -> None:
        self.keys: list[str] = value

    def validate(self, instance: Any) -> None:
        for problem in self.iter_errors(instance):
            raise problem

    def iter_errors(self, instance: Any) -> Iterator[ValueError]:
        seen: set[str] = set()
        for item in instance if isinstance(instance, list) else ():
            if not isinstance(item, dict):
                continue
            key = ", ".join(f"{name} {item.get(name, _KEY_DEFAULTS.get(name))!r}" for name in self.keys)
            if key in seen:
                yield ValueError(f"holds two items with {key}")
            seen.add(key)


class _UniqueItems:
    """The keyword `x-kubernetes-list-type: set`: no item stands twice."""

    def __init__(self, parent_schema: Schema, value: Any, schema_path: list[str | int]) -> None:
        pass

    def validate(self, instance: Any) -> None:
        for problem in self.iter_errors(instance):
            raise problem

    def iter_errors(self, instance: Any) -> Iterator[ValueError]:
        seen: set[str] = set()
        for item in instance if isinstance(instance, list) else ():
            if repr(item) in seen:
                yield ValueError(f"holds {item!r} twice")
            seen.add(repr(item))
