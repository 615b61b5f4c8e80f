"""What the bench compares with: the same objects as a cdk8s program would usually make them.

Built-in kinds through cdk8s' generated typed classes, custom resources as ApiObjects with patches, written by cdk8s' own
writer, one file per chart. Called as: bench_plain_cdk8s.py OBJECTS.json FOLDER
"""

from __future__ import annotations

import functools
import json
import re
import sys
import types
import typing
from pathlib import Path
from typing import Any

import cdk8s
from cdk8s_plus_33 import k8s

from groundwork.tree.manifest import is_builtin_group, split_api_version


def snake(name: str) -> str:
    """The Python name of a property."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])", lambda found: "_" + found.group(0), name).lower()


@functools.cache
def hints(kind: type) -> dict[str, Any]:
    """The types of a class's properties."""
    constructor: Any = vars(kind)["__init__"]
    return typing.get_type_hints(constructor)


def typed(value: Any, hint: Any) -> Any:
    """A plain value as the typed class that a property wants."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        choices = [one for one in typing.get_args(hint) if one is not type(None)]
        hint = next((one for one in choices if hasattr(one, "__jsii_type__")), choices[0])
    if hint in (k8s.IntOrString, k8s.Quantity):
        return hint.from_number(value) if isinstance(value, int | float) else hint.from_string(value)
    if isinstance(hint, type) and hasattr(hint, "__jsii_type__") and isinstance(value, dict):
        wanted = hints(hint)
        return hint(**{snake(key): typed(one, wanted[snake(key)]) for key, one in value.items()})
    arguments = typing.get_args(hint)
    if isinstance(value, list) and arguments:
        return [typed(one, arguments[0]) for one in value]
    if isinstance(value, dict) and len(arguments) == 2:
        return {key: typed(one, arguments[1]) for key, one in value.items()}
    return value


def add(chart: cdk8s.Chart, number: int, body: dict[str, Any]) -> bool:
    """Add one object; whether cdk8s has a typed class for it."""
    builtin = is_builtin_group(split_api_version(body["apiVersion"])[0])
    kind = getattr(k8s, f"Kube{body['kind']}", None) if builtin else None
    if kind is not None:
        wanted = hints(kind)
        try:
            properties = {
                snake(key): typed(one, wanted[snake(key)])
                for key, one in body.items()
                if key not in ("apiVersion", "kind")
            }
        except KeyError:
            kind = None
        else:
            kind(chart, f"o{number}", **properties)
    if kind is None:
        one = cdk8s.ApiObject(chart, f"o{number}", api_version=body["apiVersion"], kind=body["kind"])
        for key, part in body.items():
            if key not in ("apiVersion", "kind"):
                one.add_json_patch(cdk8s.JsonPatch.add(f"/{key}", part))
    return kind is not None


def main() -> None:
    """Make the objects, a chart for every three hundred, and let cdk8s write them."""
    source, folder = map(Path, sys.argv[1:])
    objects = json.loads(source.read_text())
    app = cdk8s.App(outdir=str(folder))
    count = 0
    for start in range(0, len(objects), 300):
        chart = cdk8s.Chart(app, f"chart-{start}")
        count += sum(add(chart, start + number, body) for number, body in enumerate(objects[start : start + 300]))
    app.synth()
    print(f"{count} of {len(objects)} objects typed")


if __name__ == "__main__":
    main()
