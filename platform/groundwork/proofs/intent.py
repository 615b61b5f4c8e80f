"""Intent: what the declarations say that no manifest repeats. Read from the files themselves; a tree may come without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from groundwork.fleet import images
from groundwork.proofs.fields import mapping, strings
from groundwork.tree.yaml import parse

__all__ = ["Intent", "read_intent"]


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What proofs take from the declarations: people's groups, and the tags of our own images by name."""

    groups: frozenset[str] = frozenset()
    images: Mapping[str, str] = field(default_factory=dict)


def read_intent(root: Path) -> Intent:
    """Read the declarations of a repository. What cannot be read is left out: loading them tells what is wrong."""
    return Intent(groups=frozenset(_groups(root)), images=images.digests(root))


def _groups(root: Path) -> Iterator[str]:
    for file in (root / "fleet.yaml", *sorted((root / "apps" / "tenants").glob("*.yaml"))):
        for _, name in strings(mapping(_read(file), "groups")):
            yield name


def _read(file: Path) -> Any:
    try:
        return parse(file.read_bytes())[0]
    except (OSError, UnicodeDecodeError, IndexError, yaml.YAMLError):
        return None
