"""JSON Schemas of the nouns, for editors: completion, descriptions and red lines while people type.

They are made from the types and committed below `schemas/`, so that they work offline and show in a diff.
`python -m groundwork.fleet.schema` refreshes them; so does `groundwork synth`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from groundwork.fleet.nouns import NOUNS, SCHEMAS
from groundwork.fleet.organisation import Organisation

__all__ = ["comment", "schemas", "write"]


def schemas() -> dict[str, str]:
    """The text of each schema by file name."""
    return {f"{noun}.json": _text(noun, type_.model_json_schema()) for noun, type_ in _all().items()}


def write(root: Path) -> list[Path]:
    """Refresh the schemas of a repository; returns the files that changed."""
    folder = root / SCHEMAS
    folder.mkdir(parents=True, exist_ok=True)
    wanted = schemas()
    changed = [file for file in folder.glob("*.json") if file.name not in wanted]
    for stale in changed:
        stale.unlink()
    for name, text in wanted.items():
        file = folder / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            changed.append(file)
    return changed


def comment(noun: str, folder: str) -> str:
    """The first line of a declaration: where an editor finds its schema, relative to the folder that it stands in."""
    up = "../" * len(Path(folder).parts)
    return f"# yaml-language-server: $schema={up}{SCHEMAS}/{noun}.json"


def _all() -> dict[str, type[Any]]:
    return {"organisation": Organisation, **NOUNS}


def _text(noun: str, schema: dict[str, Any]) -> str:
    described = {"$schema": "http://json-schema.org/draft-07/schema#", **_for_editors(schema), "title": noun}
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


def _for_editors(node: Any) -> Any:
    """Pydantic's schema in the terms that editors know, without what only fills the screen.

    - Draft 7 calls `$defs` `definitions`, and reads nothing beside a `$ref`: that is wrapped into `allOf`.
    - A mapping whose keys follow a pattern takes no others; pydantic checks that, its schema forgets to say so.
    - "or null" is not offered: an optional key is left out, not written empty.
    """
    if isinstance(node, list):
        return [_for_editors(one) for one in node]
    if not isinstance(node, dict):
        return node
    node = _without_null(node)
    if "patternProperties" in node:
        node = {key: value for key, value in node.items() if key != "propertyNames"} | {"additionalProperties": False}
    if "$ref" in node:
        target = {"$ref": node["$ref"].replace("#/$defs/", "#/definitions/")}
        said = {key: value for key, value in node.items() if key in ("description", "default")}
        return {"allOf": [target], **said} if said else target
    names = {"$defs": "definitions"}
    return {names.get(key, key): _of_key(key, value) for key, value in node.items() if key != "title"}


def _of_key(key: str, value: Any) -> Any:
    """Below these keys stand names of ours, so that a field called `title` is not taken for a title."""
    if key in ("properties", "$defs", "patternProperties") and isinstance(value, dict):
        return {name: _for_editors(inner) for name, inner in value.items()}
    return value if key in ("default", "enum", "required") else _for_editors(value)


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    choices = [one for one in node.get("anyOf", ()) if one != {"type": "null"}]
    if "anyOf" not in node or len(choices) == len(node["anyOf"]):
        return node
    rest = {key: value for key, value in node.items() if key != "anyOf" and not (key == "default" and value is None)}
    return {**choices[0], **rest} if len(choices) == 1 else {**rest, "anyOf": choices}


if __name__ == "__main__":
    for written in write(Path.cwd()):
        print(written.relative_to(Path.cwd()))  # noqa: T201 - a command: it prints
