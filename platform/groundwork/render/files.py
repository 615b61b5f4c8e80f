"""An object as a file: its path and its bytes."""

from __future__ import annotations

from pathlib import PurePosixPath

from groundwork.kube.rendering import Made
from groundwork.tree.manifest import Identity, path_of
from groundwork.tree.yaml import dump

__all__ = ["RenderError", "file_of"]

_ORDER = ("apiVersion", "kind", "metadata")


class RenderError(Exception):
    """The declarations are valid, but what follows from them cannot stand in one tree."""


def file_of(component: str, rendered_by: str, made: Made) -> tuple[PurePosixPath, str]:
    """Path below generated/<cluster>/ and content; the first line says where the object comes from."""
    body = {key: made.body[key] for key in _ORDER} | made.body
    text = f"# {rendered_by}, from {made.source}; rendered by `make synth`, not edited by hand\n{dump(body)}"
    return path_of(Identity.of(body), component), text
