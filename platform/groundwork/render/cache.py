"""The cache of component renderings. What it gives back is provably what a cold run would make.

An entry is used only if everything that went into it is the same: the code (the shared layers, the component's module, the
component modules that it imports, the scripts beside them), the site, the endpoints that it reached for, and what all
components of the cluster say of themselves. Entries live below .cache/render and are never read by another version of the code.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import hashlib
import inspect
import os
import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Directory
from groundwork.kube.rendering import Rendering

__all__ = ["Cache", "component_code", "digest_of_files"]

_PACKAGE = Path(__file__).parents[1]
# Layers whose every file goes into every entry: a change there may change any manifest.
_SHARED = ("catalog", "fleet", "kube")


class Cache:
    """Renderings of one cluster's components."""

    def __init__(self, folder: Path, site: Site) -> None:
        self._folder = folder / site.name
        self._common = _digest(_shared_code(), _canonical(site))

    def lookup(self, component: Component, directory: Directory) -> Rendering | None:
        """The rendering of a component, if nothing that went into it has changed."""
        try:
            key, rendering = pickle.loads(self._file(component).read_bytes())  # noqa: S301 - written by us, below .cache
        except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, ValueError, TypeError):
            return None
        if key != self._key(component, directory) or not isinstance(rendering, Rendering):
            return None
        same = all(
            name in directory and directory.find(name, asked_by="") == one for name, one in rendering.reached.items()
        )
        return rendering if same else None

    def keep(self, component: Component, directory: Directory, rendering: Rendering) -> None:
        """Remember a rendering. A kill in the middle leaves the old entry."""
        file = self._file(component)
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(pickle.dumps((self._key(component, directory), rendering)))
        fresh.replace(file)

    def _file(self, component: Component) -> Path:
        return self._folder / f"{component.name}.pickle"

    def _key(self, component: Component, directory: Directory) -> str:
        module = Path(inspect.getfile(type(component)))
        known = f"{directory.hosts}{directory.namespaces}{directory.aws_kinds}{'prometheus' in directory}"
        return _digest(self._common, component_code(module), known)


def digest_of_files(files: Iterable[Path]) -> str:
    """One digest over names and contents, in the order given."""
    digest = hashlib.blake2b(digest_size=16)
    for file in files:
        digest.update(str(file).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


@functools.cache
def _shared_code() -> str:
    files = (
        file for layer in _SHARED for file in (_PACKAGE / layer).rglob("*") if file.suffix in (".py", ".yaml", ".csv")
    )
    return digest_of_files(sorted(files))


@functools.cache
def component_code(module: Path) -> str:
    """One digest over a component's module, all component modules that it imports, and the scripts beside these."""
    modules = _imported(module, set())
    # Scripts are read as text, so that no import says whose they are.
    scripts = {script for one in modules for script in (one.parent / "scripts").glob("*.py")}
    return digest_of_files(sorted(modules | scripts))


def _imported(module: Path, seen: set[Path]) -> set[Path]:
    """The module and every component module that it imports, directly or not."""
    seen.add(module)
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("groundwork.components."):
            base = _PACKAGE.joinpath(*node.module.split(".")[1:])
            for file in (base.with_suffix(".py"), *(base / f"{alias.name}.py" for alias in node.names)):
                if file.is_file() and file not in seen:
                    _imported(file, seen)
    return seen


def _canonical(value: object) -> str:
    """A value as text that is the same in every process; sets print in an order of their own."""
    if isinstance(value, BaseModel):
        return value.model_dump_json()
    if dataclasses.is_dataclass(value):
        return str([(field.name, _canonical(getattr(value, field.name))) for field in dataclasses.fields(value)])
    if isinstance(value, Mapping):
        return str([(str(key), _canonical(value[key])) for key in sorted(value, key=str)])
    if isinstance(value, tuple | list):
        return str([_canonical(one) for one in value])
    if isinstance(value, frozenset | set):
        return str(sorted(_canonical(one) for one in value))
    return repr(value)


def _digest(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
