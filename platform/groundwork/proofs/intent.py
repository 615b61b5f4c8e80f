"""Intent: what the declarations say that no manifest repeats. Read from the files themselves; a tree may come without them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from groundwork.fleet import images
from groundwork.fleet.model import Model
from groundwork.proofs.fields import mapping, number, strings, text
from groundwork.tree.yaml import parse

__all__ = ["Account", "Intent", "read_intent"]


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where a cluster stands at AWS, and what its declaration says of the account's quotas there, by short name."""

    number: str
    region: str
    quotas: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What proofs take from the declarations: people's groups, the tags of our own images by name, models, clusters' accounts.

    `carried` is what clusters say about their models, by cluster and model: fields of a declaration that are different there.
    """

    groups: frozenset[str] = frozenset()
    images: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    carried: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)

    def model(self, name: str, cluster: str) -> Model | None:
        """A model as a cluster carries it, by its own name or that of its repository; None where none is declared, or not soundly."""
        found = self.models.get(name) or self._by_repository.get(name)
        return found and _different(found, mapping(self.carried.get(cluster), found.name))

    @functools.cached_property
    def _by_repository(self) -> Mapping[str, Model]:
        return {one.source.hugging_face: one for one in self.models.values()}


def read_intent(root: Path) -> Intent:
    """Read the declarations of a repository. What cannot be read is left out: loading them tells what is wrong."""
    clusters = {file.stem: _read(file) for file in sorted((root / "clusters").glob("*.yaml"))}
    return Intent(
        groups=frozenset(_groups(root)),
        images=images.digests(root),
        models={one.name: one for one in _models(root)},
        carried={name: mapping(body, "models") for name, body in clusters.items()},
        accounts={name: _account(body) for name, body in clusters.items()},
    )


def _account(body: Any) -> Account:
    granted = {name: number(body, "quotas", name) for name in mapping(body, "quotas")}
    return Account(
        number=text(body, "account"),
        region=text(body, "region"),
        quotas={name: amount for name, amount in granted.items() if amount is not None},
    )


def _groups(root: Path) -> Iterator[str]:
    for file in (root / "fleet.yaml", *sorted((root / "apps" / "tenants").glob("*.yaml"))):
        for _, name in strings(mapping(_read(file), "groups")):
            yield name


def _models(root: Path) -> Iterator[Model]:
    for file in sorted((root / Model.folder).glob("*.yaml")):
        model = _valid(_read(file))
        if model is not None:
            yield model


def _different(model: Model, here: Mapping[str, Any]) -> Model | None:
    # A canary is no field of the model, but of who carries it.
    changes = {key: value for key, value in here.items() if key != "canary"}
    return _valid(model.model_dump(by_alias=True, exclude_none=True) | changes) if changes else model


def _valid(declared: Any) -> Model | None:
    try:
        return Model.model_validate(declared)
    except ValidationError:
        return None


def _read(file: Path) -> Any:
    try:
        return parse(file.read_bytes())[0]
    except (OSError, UnicodeDecodeError, IndexError, yaml.YAMLError):
        return None
