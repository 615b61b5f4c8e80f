"""Versions of charts, Git sources and images, per channel: `versions.yaml`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from groundwork.catalog.registries import upstream_of

__all__ = ["Image", "Pin", "ami", "chart", "git", "image", "images"]

_FILE = Path(__file__).with_name("versions.yaml")
_MOVING = ("latest", "main", "master", "nightly", "stable", "edge")


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A chart or a Git source at one version. An OCI chart repository has no scheme, as Argo CD wants it."""

    name: str
    repository: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Image:
    """A container image at one version. `arch` holds the architectures that it was built for, `own` says it is ours."""

    name: str
    repository: str
    tag: str
    arch: tuple[str, ...]
    digest: str | None = None
    own: bool = False

    def reference(self, registry: str | None = None) -> str:
        """The reference that a pod names: by way of `registry`, where the cluster has one that can get the image."""
        through = registry and not self.own and upstream_of(self.repository)
        prefix = f"{registry}/" if through else ""
        suffix = f"@{self.digest}" if self.digest else ""
        return f"{prefix}{self.repository}:{self.tag}{suffix}"


def chart(name: str, channel: str) -> Pin:
    """The Helm chart of that name in a channel.

    Raises:
        LookupError: `versions.yaml` does not have it.
    """
    entry = _entry("charts", name)
    return Pin(name=name, repository=entry["repository"], version=_version("charts", name, channel))


def git(name: str, channel: str) -> Pin:
    """The Git source of that name in a channel.

    Raises:
        LookupError: `versions.yaml` does not have it.
    """
    entry = _entry("git", name)
    return Pin(name=name, repository=entry["repository"], version=_version("git", name, channel))


def image(name: str, channel: str) -> Image:
    """The container image of that name in a channel.

    Raises:
        LookupError: `versions.yaml` does not have it.
    """
    entry = _entry("images", name)
    return Image(
        name=name,
        repository=entry["repository"],
        tag=_version("images", name, channel),
        arch=tuple(entry["arch"]),
        digest=entry.get("digest", {}).get(channel),
    )


def images(channel: str) -> list[Image]:
    """Every container image of a channel, by name."""
    return [image(name, channel) for name in sorted(_catalogue()["images"])]


def ami(family: str, channel: str) -> str:
    """The pinned release of an AMI family.

    Raises:
        LookupError: `versions.yaml` does not have it.
    """
    return _version("amis", family, channel)


@functools.cache
def _catalogue() -> dict[str, dict[str, dict[str, Any]]]:
    loaded: dict[str, dict[str, dict[str, Any]]] = yaml.load(_FILE.read_text(), Loader=yaml.CSafeLoader)
    return loaded


def _entry(section: str, name: str) -> dict[str, Any]:
    try:
        return _catalogue()[section][name]
    except KeyError:
        message = f"catalog/versions.yaml has no `{name}` under `{section}`: add it there, with a version per channel"
        raise LookupError(message) from None


def _version(section: str, name: str, channel: str) -> str:
    version = str(_entry(section, name)[channel])
    if version in _MOVING:
        message = f"catalog/versions.yaml: `{version}` of {name} moves; name an immutable version"
        raise LookupError(message)
    return version
