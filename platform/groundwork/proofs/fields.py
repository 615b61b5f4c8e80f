"""Read fields of a parsed object that may hold anything: what has another form than expected counts as not there.

Whether an object has the form that its API demands is the schema proof's affair; the other proofs only must not stumble.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["Pointer", "entries", "mapping", "number", "strings", "text", "texts", "value_at"]

Pointer = tuple[str | int, ...]


def value_at(body: Any, *path: str | int) -> Any:
    """The value at a path, or None."""
    for step in path:
        if isinstance(step, int):
            body = body[step] if isinstance(body, list) and -len(body) <= step < len(body) else None
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


def mapping(body: Any, *path: str | int) -> dict[str, Any]:
    """The mapping at a path, or an empty one."""
    found = value_at(body, *path)
    return found if isinstance(found, dict) else {}


def entries(body: Any, *path: str | int) -> list[tuple[Pointer, dict[str, Any]]]:
    """The mappings of the list at a path, each with its pointer (`path` and its index)."""
    found = value_at(body, *path)
    if not isinstance(found, list):
        return []
    return [((*path, index), one) for index, one in enumerate(found) if isinstance(one, dict)]


def text(body: Any, *path: str | int) -> str:
    """The string at a path, or an empty one."""
    found = value_at(body, *path)
    return found if isinstance(found, str) else ""


def texts(body: Any, *path: str | int) -> list[tuple[Pointer, str]]:
    """The strings of the list at a path, each with its pointer."""
    found = value_at(body, *path)
    if not isinstance(found, list):
        return []
    return [((*path, index), one) for index, one in enumerate(found) if isinstance(one, str)]


def number(body: Any, *path: str | int) -> int | None:
    """The whole number at a path, or None."""
    found = value_at(body, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def strings(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, str]]:
    """Every string at or below a value, each with its pointer."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from strings(inner, (*pointer, str(key)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from strings(inner, (*pointer, index))
