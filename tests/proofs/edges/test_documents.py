"""Documents: the files that stand as text in ConfigMaps are read as their readers would."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundwork.proofs.edges.documents import loaded


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("config.yaml", "a: [1", "did not find expected"),
        ("config.yml", "a: 1\na: 2", "twice"),
        ("teams.json", '{"a": 1,}', "Illegal trailing comma|property name"),
        ("teams.json", "a: 1", "Expecting value"),
        ("deep.json", "[" * 100_000, "nests too deeply"),
        ("deep.yaml", "[" * 100_000, "nest"),
    ],
)
def test_a_file_that_its_reader_refuses_is_found(follow: Any, name: str, text: str, says: str) -> None:
    """JSON is not YAML: a comma too much is an error."""
    with pytest.raises(ValueError, match=says):
        loaded(name, text)

    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {name: text}}
    (problem,) = follow(json.dumps(body)).problems["unreadable-configuration"]
    assert problem.startswith(f"{name} cannot be read: ")


def test_a_file_that_can_be_read_is_counted(follow: Any) -> None:
    """What does not say by its name that it is YAML or JSON is nobody's affair."""
    followed = follow(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x.json: '{}', y.yaml: '', z.py: '{'}}"
    )

    assert followed.held["ConfigMap -> readable"] == 2
    assert not followed.problems["unreadable-configuration"]
