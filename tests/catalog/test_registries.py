"""What ECR can pull through, and what has to come from where it is."""

from __future__ import annotations

import pytest

from groundwork.catalog.registries import upstream_of
from groundwork.catalog.versions import Image

CACHE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/cache"


def image(repository: str, *, own: bool = False) -> Image:
    """An image somewhere."""
    return Image(name="one", repository=repository, tag="1.0", arch=("amd64",), own=own)


@pytest.mark.parametrize(
    ("repository", "upstream"),
    [
        ("docker.io/valkey/valkey", "docker.io"),
        ("nvcr.io/nvidia/k8s/dcgm-exporter", None),
        ("cr.kgateway.dev/one", None),
    ],
)
def test_a_registry_is_known_by_its_host(repository: str, upstream: str | None) -> None:
    """NVIDIA's is not among those that ECR knows."""
    assert upstream_of(repository) == upstream


def test_images_come_through_the_cache_where_they_can() -> None:
    """Ours are in the account's registry already; the others of the world are pulled from where they are."""
    assert image("quay.io/prometheus/prometheus").reference(CACHE) == f"{CACHE}/quay.io/prometheus/prometheus:1.0"
    assert image("nvcr.io/nvidia/one").reference(CACHE) == "nvcr.io/nvidia/one:1.0"
    assert image("quay.io/acme/one", own=True).reference(CACHE) == "quay.io/acme/one:1.0"
