"""Registries of images that ECR can pull through, and which of them it has to sign in to.

Source: Amazon ECR user guide, "Pull through cache rules", 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["UPSTREAMS", "Upstream", "upstream_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Upstream:
    """A registry as ECR knows it.

    `secret` is the entry of the contract of secrets that holds what ECR signs in with, where the registry asks for it.
    """

    url: str
    secret: str | None = None


# By the host that image references begin with.
UPSTREAMS: Mapping[str, Upstream] = {
    "docker.io": Upstream(url="registry-1.docker.io", secret="registry-docker-io"),  # noqa: S106 - its name
    "ghcr.io": Upstream(url="ghcr.io", secret="registry-ghcr-io"),  # noqa: S106 - its name
    "public.ecr.aws": Upstream(url="public.ecr.aws"),
    "quay.io": Upstream(url="quay.io"),
    "registry.k8s.io": Upstream(url="registry.k8s.io"),
}


def upstream_of(repository: str) -> str | None:
    """The registry that a repository's images are pulled through from; None if they have to come from there directly."""
    host = repository.partition("/")[0]
    return host if host in UPSTREAMS else None
