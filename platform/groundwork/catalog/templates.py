"""Statements about charts and operators, with places for what our values or a custom resource say.

`{path}` stands for the value at a path of dots. A string that is nothing else becomes that value, whatever its form, and is left
out with its key where there is none or an empty one; within a longer string the value is written out. An entry of a list that
has a `where` is there only if the values at its paths are these.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["beneath", "filled", "holds", "or_else", "paths", "value_at", "written"]

_EMPTY: tuple[Any, ...] = (None, "", {}, [])


def filled(template: Any, fields: Mapping[str, Any]) -> Any:
    """A template with its places filled from these fields; None where it is one place and there is no value."""
    match template:
        case str() if _is_place(template):
            found = value_at(fields, template[1:-1])
            return None if found in _EMPTY else found
        case str():
            return written(template, fields)
        case Mapping():
            inner = {key: filled(one, fields) for key, one in template.items() if key != "where"}
            return {key: one for key, one in inner.items() if one is not None}
        case list():
            entries = [filled(entry, fields) for entry in template if _stands(entry, fields)]
            return [one for one in entries if one is not None]
        case _:
            return template


def written(template: str, fields: Mapping[str, Any]) -> str:
    """A template of a name or label with its places written out; what is not there is written as nothing."""
    # str.format would read the dots of {spec.secretName} as attributes.
    first, *parts = template.split("{")
    return first + "".join(_shown(fields, path) + rest for path, _, rest in (part.partition("}") for part in parts))


def beneath(fields: Any, defaults: Any) -> Any:
    """Fields with defaults where they say nothing, mapping by mapping: as Helm lays our values over a chart's own."""
    if not (isinstance(fields, Mapping) and isinstance(defaults, Mapping)):
        return fields
    return {**defaults, **{key: beneath(one, defaults.get(key)) for key, one in fields.items()}}


def or_else(fields: Mapping[str, Any], defaults: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fields with defaults, each by its path and whole, where nothing stands: as controllers fill in a custom resource."""
    for path, default in defaults.items():
        if value_at(fields, path) is None:
            fields = beneath(
                fields, functools.reduce(lambda inner, step: {step: inner}, reversed(path.split(".")), default)
            )
    return fields


def holds(where: Mapping[str, Any], fields: Mapping[str, Any]) -> bool:
    """Whether the fields have these values, each by its path."""
    return all(value_at(fields, path) == value for path, value in where.items())


def value_at(fields: Any, path: str) -> Any:
    """The value at a path of dots, or None."""
    for step in path.split("."):
        fields = fields.get(step) if isinstance(fields, Mapping) else None
    return fields


def paths(template: Any) -> Iterator[str]:
    """Every path that a template asks for."""
    if isinstance(template, str):
        yield from (part.partition("}")[0] for part in template.split("{")[1:])
    elif isinstance(template, Mapping):
        yield from template.get("where", ())
        yield from (path for key, one in template.items() if key != "where" for path in paths(one))
    elif isinstance(template, Sequence):
        yield from (path for one in template for path in paths(one))


def _stands(entry: Any, fields: Mapping[str, Any]) -> bool:
    return not isinstance(entry, Mapping) or holds(entry.get("where", {}), fields)


def _is_place(template: str) -> bool:
    return template.startswith("{") and template.find("}") == len(template) - 1


def _shown(fields: Mapping[str, Any], path: str) -> str:
    value = value_at(fields, path)
    return "" if value is None else str(value)
