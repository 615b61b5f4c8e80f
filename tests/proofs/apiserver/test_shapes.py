"""Shapes: documents are read as the API server reads them, whatever they hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundwork.findings import Finding
from groundwork.proofs.apiserver.rules import violations
from groundwork.proofs.apiserver.shapes import BUILTIN, custom_shape, prepared
from groundwork.tree.yaml import parse

Body = dict[str, Any]
FindingsOf = Callable[..., list[Finding]]
Changed = Callable[..., Body]

SOUND: list[Body] = parse((Path(__file__).parent / "sound.yaml").read_bytes())
ROUTE: Body = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "HTTPRoute",
    "metadata": {"name": "models", "namespace": "ai-gateway"},
    "spec": {"rules": [{"matches": [{"path": {"value": "/"}}], "backendRefs": [{"name": "litellm", "port": 4000}]}]},
}

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=8)
    | st.dates()
    | st.sampled_from(["1e999999999", "::/999", "@every x", "9" * 400, "500x", "a/b/c", "{{", "\n"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | st.integers(), inner, max_size=3),
    max_leaves=6,
)


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a document below its root, apart from what makes it a manifest at all."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [place for key, item in items for place in ((*way, key), *places(item, (*way, key)))]
    return [place for place in found if place[0] not in {"apiVersion", "kind", "metadata"}]


PLACES = [(body, place) for body in [*SOUND, ROUTE] for place in places(body)]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from(PLACES), value=values)
def test_any_value_at_any_place_is_judged(
    where: tuple[Body, tuple[Any, ...]], value: Any, findings_of: FindingsOf, changed: Changed
) -> None:
    """A value of any type at any place makes findings at most, and each can be printed."""
    body, place = where
    written = ".".join(str(step).replace(".", "~") for step in place)

    findings = findings_of(changed(body, written, value))

    assert all(str(one) and one.why and one.fix for one in findings)


@pytest.mark.parametrize("kind", ["a", "v1", ""])
@pytest.mark.parametrize("api_version", ["", "/", "v1", "a/b/c", "apps/v1/", "kagent.dev/", "é/v1"])
def test_any_kind_of_any_version_is_judged(api_version: str, kind: str, findings_of: FindingsOf) -> None:
    """What is no API at all is an unknown kind."""
    body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}

    assert [one.rule for one in findings_of(body)] == ["schema/unknown-kind"]


def test_what_only_yaml_can_say_is_read_as_the_server_reads_it(findings_of: FindingsOf) -> None:
    """Keys become text; an unquoted date and a number become what they are in JSON."""
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "web", "namespace": "shop"},
        "data": {8080: "one", True: "yes", "date": dt.date(2026, 1, 1), "nothing": None},
    }

    assert findings_of(body) == []


@pytest.mark.parametrize("depth", [300, 5000])
def test_deep_nesting_is_a_finding(depth: int, findings_of: FindingsOf) -> None:
    """An object that no server would read is said to be one."""
    nested: Body = {}
    node = nested
    for _ in range(depth):
        node["a"] = {}
        node = node["a"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "x"}, "spec": nested}

    [finding] = findings_of(pod)

    assert finding.rule == "schema/type"
    assert "the object cannot be validated" in finding.problem


def test_an_object_that_contains_itself_is_a_finding(findings_of: FindingsOf) -> None:
    """The reader refuses such a file; a tree built in memory may still hold one."""
    spec: dict[str, Any] = {}
    spec["containers"] = [spec]
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "x"}, "spec": spec}

    [finding] = findings_of(body)

    assert finding.rule == "schema/type"


def test_defaults_are_filled_in_before_rules_are_judged() -> None:
    """A rule about a field with a default sees the default, as it does in the API server."""
    schema = {
        "type": "object",
        "properties": {
            "mode": {"type": "string", "default": "auto"},
            "limits": {"type": "object", "default": {}, "properties": {"cpu": {"type": "integer", "default": 2}}},
        },
        "x-kubernetes-validations": [{"rule": "self.mode == 'auto' && self.limits.cpu == 2"}],
    }
    shape = custom_shape(schema)

    document = prepared({"mode": None}, shape)

    assert document == {"mode": "auto", "limits": {"cpu": 2}}
    assert list(violations(document, shape)) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({True: "b", None: "c"}, {"true": "b", "null": "c"}),
        ({8080: "a"}, {"8080": "a"}),
        ({"a": None, "b": [None]}, {"b": [None]}),
        (dt.date(2026, 1, 31), "2026-01-31"),
        (b"hello", "aGVsbG8="),
        (float("nan"), "nan"),
        ({"a": (1, 2)}, {"a": [1, 2]}),
    ],
)
def test_a_document_is_read_as_json(value: Any, expected: Any) -> None:
    """Keys are text, what JSON cannot say is text, and a null in a mapping is left out."""
    assert prepared(value, BUILTIN) == expected


def test_a_null_of_a_custom_resource_stays_unless_there_is_a_default_for_it() -> None:
    """So the API server refuses it where the field is not nullable; a built-in kind would take it for left out."""
    properties = {
        "a": {"nullable": True},
        "b": {"type": "string"},
        "c": {"type": "object"},
        "d": {"type": "string", "default": "x"},
    }

    document = prepared({"a": None, "b": None, "c": {"e": None}, "d": None}, custom_shape({"properties": properties}))

    assert document == {"a": None, "b": None, "c": {"e": None}, "d": "x"}


def test_a_document_stays_as_it_is() -> None:
    """Every check shares the parsed document: preparing it makes a copy."""
    schema = {"properties": {"a": {"type": "object", "default": {}, "properties": {"b": {"default": 1}}}}}
    body: Body = {"a": {}}

    assert prepared(body, custom_shape(schema)) == {"a": {"b": 1}}
    assert body == {"a": {}}
