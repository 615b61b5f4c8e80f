"""Documents: the YAML and JSON files that stand as text in ConfigMaps. Pointers to what they hold go on inside the text."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import yaml

from groundwork.findings import Rule
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, mapping
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest
from groundwork.tree.yaml import parse

__all__ = ["NOT_READABLE", "documents", "loaded"]

RULES = (
    NOT_READABLE := Rule(
        id="references/unreadable-configuration",
        title="A configuration file in a ConfigMap can be read",
        why="The process refuses to start.",
        fix="Correct the YAML or JSON of the ConfigMap's value.",
        explanation="""\
Values of ConfigMaps are text to Kubernetes: nobody but their reader notices that they are broken. What is called *.yaml, *.yml
or *.json is read here as its reader would, and what it refers to is followed.""",
    ),
)

_SUFFIXES = (".yaml", ".yml", ".json")


@edges_of("ConfigMap")
def readable(one: Manifest, world: World) -> Iterator[Edge]:
    """Every file that it holds."""
    del world
    for key, value in mapping(one.body, "data").items():
        if isinstance(value, str) and key.endswith(_SUFFIXES):
            try:
                loaded(key, value)
            except ValueError as error:
                problem = f"{key} cannot be read: {error}"
                yield missing("ConfigMap -> readable", ("data", key), NOT_READABLE, problem)
            else:
                yield held("ConfigMap -> readable", ("data", key))


def documents(one: Manifest) -> Iterator[tuple[Pointer, Any]]:
    """The files of a ConfigMap that can be read, each with its pointer."""
    for key, value in mapping(one.body, "data").items():
        if isinstance(value, str) and key.endswith(_SUFFIXES):
            try:
                yield ("data", key), loaded(key, value)
            except ValueError:
                continue


@functools.lru_cache(maxsize=256)
def loaded(name: str, value: str) -> Any:
    """What a file holds; of several YAML documents the first.

    Raises:
        ValueError: not the YAML or JSON that its name promises.
    """
    try:
        if name.endswith(".json"):
            return json.loads(value)
        return next(iter(parse(value)), None)
    except yaml.YAMLError as error:
        raise ValueError(getattr(error, "problem", None) or str(error)) from error
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error
