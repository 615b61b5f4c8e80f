"""One cluster as it is delivered: its whole folder, in memory."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from groundwork.fleet.site import Site

__all__ = ["Deliver", "Delivered", "titles"]


@dataclass(frozen=True)
class Delivered:
    """Everything that stands in one cluster's folder."""

    site: Site
    files: dict[PurePosixPath, str]

    @functools.cached_property
    def objects(self) -> list[tuple[str, dict[str, Any]]]:
        """Every object with the component whose folder it stands in."""
        found = (item for item in self.files.items() if item[0].suffix == ".yaml")
        return [(path.parts[0], yaml.load(text, Loader=yaml.CSafeLoader)) for path, text in found]

    def of_kind(self, kind: str, component: str | None = None) -> Iterator[dict[str, Any]]:
        """The objects of a kind, of one component or of all."""
        return (body for owner, body in self.objects if body["kind"] == kind and component in (None, owner))

    def one(self, kind: str, name: str | None = None, component: str | None = None) -> dict[str, Any]:
        """The one object of that kind and name."""
        (found,) = (body for body in self.of_kind(kind, component) if name in (None, body["metadata"]["name"]))
        return found

    def document(self, name: str) -> str:
        """A file of bootstrap/ that is not an object."""
        return self.files[PurePosixPath("bootstrap", name)]

    def data(self, name: str) -> Any:
        """The same, parsed."""
        return yaml.load(self.document(name), Loader=yaml.CSafeLoader)


Deliver = Callable[[str], Delivered]


def titles(page: str) -> list[str]:
    """The steps, in order."""
    return re.findall(r"^## \d+\. (.*)$", page, flags=re.MULTILINE)
