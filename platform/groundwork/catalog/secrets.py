"""The contract of secrets: `secrets.yaml`, names and keys, and how each value comes to be. Never a value itself."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

__all__ = ["SecretEntry", "SecretKey", "contract", "entry", "remote_key"]

_FILE = Path(__file__).with_name("secrets.yaml")


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """One key: made at random (`make`), given by somebody (`make: given`, `origin`), or a fixed `value` that is no secret."""

    name: str
    make: str | None = None
    origin: str | None = None
    value: str | None = None


@dataclass(frozen=True, kw_only=True)
class SecretEntry:
    """One secret of the contract: its purpose and its keys."""

    name: str
    purpose: str
    keys: tuple[SecretKey, ...]


@functools.cache
def contract() -> dict[str, SecretEntry]:
    """The whole contract, by name."""
    loaded: dict[str, dict[str, Any]] = yaml.load(_FILE.read_text(), Loader=yaml.CSafeLoader)
    return {name: _entry(name, body) for name, body in loaded.items()}


def entry(name: str, key: str | None = None) -> SecretEntry:
    """The secret of that name; with `key`, makes sure that the contract has the key.

    Raises:
        LookupError: the contract does not have it; says what to add.
    """
    found = contract().get(name) or _of_pattern(name)
    if found is None:
        close = get_close_matches(name, contract(), n=1)
        hint = f" (did you mean '{close[0]}'?)" if close else ""
        message = f"the contract of secrets has no '{name}'{hint}: add it to catalog/secrets.yaml"
        raise LookupError(message)
    if key is not None and key not in {one.name for one in found.keys}:
        message = f"the secret '{name}' has no key '{key}': add it to catalog/secrets.yaml"
        raise LookupError(message)
    return found


def remote_key(organisation: str, cluster: str, name: str) -> str:
    """The name in AWS Secrets Manager."""
    return f"{organisation}/{cluster}/{name}"


def _of_pattern(name: str) -> SecretEntry | None:
    """Entries whose name ends in * stand for one secret each per caller."""
    for pattern, found in contract().items():
        if pattern.endswith("*") and name.startswith(pattern[:-1]) and len(name) >= len(pattern):
            return replace(found, name=name)
    return None


def _entry(name: str, body: dict[str, Any]) -> SecretEntry:
    keys = tuple(
        SecretKey(name=key, make=how.get("make"), origin=how.get("from"), value=how.get("value"))
        for key, how in body["keys"].items()
    )
    return SecretEntry(name=name, purpose=body["purpose"], keys=keys)
