"""Templates: places in a statement that values or a custom resource fill."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.catalog.templates import beneath, filled, holds, or_else, paths, value_at, written

FIELDS = {
    "name": "db",
    "spec": {"instances": 3, "resources": {"requests": {"cpu": "1"}}, "none": None, "empty": {}, "off": False},
}


@pytest.mark.parametrize(
    ("template", "becomes"),
    [
        ("{spec.instances}", 3),
        ("{spec.resources}", {"requests": {"cpu": "1"}}),
        ("{spec.off}", False),
        ("{spec.absent.deeper}", None),
        ("{spec.none}", None),
        ("{spec.empty}", None),
        ("{name}-rw", "db-rw"),
        ("{name}/{spec.instances}", "db/3"),
        ("{spec.absent}-rw", "-rw"),
        ("plain", "plain"),
        ("", ""),
        (7, 7),
    ],
)
def test_a_place_becomes_what_stands_there(template: Any, becomes: Any) -> None:
    """Alone it is the value, whatever its form; within a text it is written out."""
    assert filled(template, FIELDS) == becomes


def test_what_has_no_value_is_left_out_with_its_key() -> None:
    """As if nobody had said it; what is stated empty stays."""
    template = {"cpu": "{spec.absent}", "list": ["{spec.absent}", "{name}"], "stated": {}, "key": {"value": ""}}

    assert filled(template, FIELDS) == {"list": ["db"], "stated": {}, "key": {"value": ""}}


def test_an_entry_with_a_condition_is_there_where_it_holds() -> None:
    """The condition itself is not part of it."""
    template = [{"where": {"spec.instances": 3}, "weight": 1}, {"where": {"spec.instances": 1}, "weight": 2}]

    assert filled(template, FIELDS) == [{"weight": 1}]


@pytest.mark.parametrize(
    ("ours", "theirs", "known"),
    [
        ({}, {"replicas": 1}, {"replicas": 1}),
        ({"replicas": 2}, {"replicas": 1}, {"replicas": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),
        ({"a": [1]}, {"a": [2, 3]}, {"a": [1]}),
        ({"a": "text"}, {"a": {"b": 1}}, {"a": "text"}),
    ],
)
def test_a_charts_values_lie_beneath_ours(ours: Any, theirs: Any, known: Any) -> None:
    """Mapping by mapping, as Helm lays them; a list is ours whole."""
    assert beneath(ours, theirs) == known


@pytest.mark.parametrize(
    ("default", "found"),
    [
        ({"spec.replicas": 1}, {"spec": {"image": "a", "resources": {"requests": 1}, "replicas": 1}}),
        ({"spec.resources": {"limits": 2}}, {"spec": {"image": "a", "resources": {"requests": 1}}}),
        ({"other.deep": 1}, {"spec": {"image": "a", "resources": {"requests": 1}}, "other": {"deep": 1}}),
        ({"spec.image.deep": 1}, {"spec": {"image": "a", "resources": {"requests": 1}}}),
    ],
)
def test_an_operators_default_stands_whole_or_not_at_all(default: Any, found: Any) -> None:
    """What a resource says of a field is not mixed with the default, and the resource itself stays as it is."""
    fields = {"spec": {"image": "a", "resources": {"requests": 1}}}

    assert or_else(fields, default) == found
    assert fields == {"spec": {"image": "a", "resources": {"requests": 1}}}


def test_conditions_are_about_values_at_paths() -> None:
    """All of them hold, or none is met."""
    assert holds({}, FIELDS)
    assert holds({"name": "db", "spec.instances": 3}, FIELDS)
    assert not holds({"name": "db", "spec.instances": 2}, FIELDS)


def test_names_are_written_out() -> None:
    """What is not there is written as nothing."""
    assert written("{name}-{spec.instances}{spec.none}", FIELDS) == "db-3"
    assert value_at(FIELDS, "spec.resources.requests.cpu") == "1"


def test_every_path_that_is_asked_for_is_known() -> None:
    """Those of conditions too."""
    template = {"a": "{name}-{b.c}", "list": [{"where": {"d.e": 1}, "f": "{g}"}], "number": 1}

    assert list(paths(template)) == ["name", "b.c", "d.e", "g"]
