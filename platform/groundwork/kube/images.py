"""Images of our own: built from apps/images/<name>, kept in the account's ECR, tagged by the content of their folder."""

from __future__ import annotations

from groundwork.catalog.versions import Image
from groundwork.fleet.site import Site
from groundwork.kube import aws

__all__ = ["own_image"]


def own_image(site: Site, name: str) -> Image:
    """The image that is built from apps/images/<name>, for both architectures."""
    return Image(
        name=name,
        repository=f"{aws.registry_host(site)}/{site.organisation.name}/{name}",
        tag=site.images[name],
        arch=("amd64", "arm64"),
        own=True,
    )
