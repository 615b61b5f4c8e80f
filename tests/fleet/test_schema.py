"""Schemas for editors: committed, current, and of one mind with the loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from groundwork.fleet.nouns import NOUNS, SCHEMAS
from groundwork.fleet.schema import comment, schemas, write
from tests.fleet.repository import CLUSTER, FILES, MODEL

ROOT = Path(__file__).parents[2]


def schema(noun: str) -> Any:
    """The schema of a noun, parsed."""
    return json.loads(schemas()[f"{noun}.json"])


def noun_of(path: str) -> str:
    """The noun that a declaration's path belongs to."""
    return next((noun for noun, type_ in NOUNS.items() if path.startswith(f"{type_.folder}/")), "organisation")


def errors(noun: str, text: str) -> list[str]:
    """What an editor would underline."""
    found = jsonschema.Draft7Validator(schema(noun)).iter_errors(yaml.safe_load(text))
    return ["/".join(str(step) for step in one.absolute_path) for one in found]


def test_committed_schemas_are_current() -> None:
    """Otherwise editors disagree with the loader: `python -m groundwork.fleet.schema` refreshes them."""
    committed = {file.name: file.read_text() for file in (ROOT / SCHEMAS).glob("*.json")}

    assert committed == schemas()


@pytest.mark.parametrize("noun", ["organisation", *NOUNS])
def test_each_is_a_schema(noun: str) -> None:
    """By the rules of JSON Schema itself, closed, and described."""
    found = schema(noun)

    jsonschema.Draft7Validator.check_schema(found)
    assert found["additionalProperties"] is False
    assert found["description"]


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith(".yaml")])
def test_what_loads_is_not_underlined(path: str) -> None:
    """Valid declarations are valid to editors as well."""
    assert errors(noun_of(path), FILES[path]) == []


def test_the_real_declarations_are_not_underlined() -> None:
    """Those of this repository, each by the schema that its first line names."""
    files = [ROOT / "fleet.yaml", *ROOT.glob("clusters/*.yaml"), *ROOT.glob("apps/*/*.yaml")]
    for file in files:
        text = file.read_text()
        path = file.relative_to(ROOT).as_posix()
        folder = path.rpartition("/")[0]
        assert text.startswith(comment(noun_of(path), folder) + "\n"), path
        assert errors(noun_of(path), text) == [], path


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (CLUSTER, "nodes: auto", "nods: auto", ["", ""]),
        (CLUSTER, "nodes: auto", "nodes: atuo", ["nodes"]),
        (CLUSTER, "us-east-1", "us-est-1", ["region"]),
        (CLUSTER, '"1.35"', "1.35", ["kubernetes", "kubernetes"]),
        (CLUSTER, "min: 2", "min: two", ["models/large/replicas/min"]),
        (CLUSTER, "  fast: small", "  Fast: small", ["roles"]),
        (CLUSTER, "small: {}", "small: {replica: 1}", ["models/small"]),
        (CLUSTER, "[support, research]", "[support, {research: {model: 1}}]", ["agents/1"]),
        (MODEL, "gpu: l4", "gpu: l5", ["hardware/gpu"]),
        (MODEL, "engine: vllm", "engine: vllm\ntoolCalls:", ["toolCalls", "toolCalls"]),
    ],
)
def test_what_does_not_load_is_underlined(path: str, old: str, new: str, expected: list[str]) -> None:
    """As far as one file can tell by itself."""
    assert errors(noun_of(path), FILES[path].replace(old, new)) == expected


def test_refreshing_writes_only_what_changed(tmp_path: Path) -> None:
    """So that nothing that watches files starts over for nothing; what no noun stands behind is removed."""
    first = write(tmp_path)
    assert {file.name for file in first} == set(schemas())
    assert write(tmp_path) == []

    stale, edited = tmp_path / SCHEMAS / "thing.json", tmp_path / SCHEMAS / "model.json"
    stale.write_text("{}")
    edited.write_text("{}")
    assert set(write(tmp_path)) == {stale, edited}
    assert not stale.exists()
    assert edited.read_text() == schemas()["model.json"]


def test_the_comment_leads_to_the_schema() -> None:
    """Relative to the folder of the declaration, so that it works offline."""
    assert comment("cluster", "clusters") == f"# yaml-language-server: $schema=../{SCHEMAS}/cluster.json"
    assert comment("model", "apps/models") == f"# yaml-language-server: $schema=../../{SCHEMAS}/model.json"
    assert comment("organisation", "") == f"# yaml-language-server: $schema={SCHEMAS}/organisation.json"
