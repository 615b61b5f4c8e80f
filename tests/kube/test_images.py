"""Images of our own stand in the account's registry, tagged by what is in them."""

from __future__ import annotations

import dataclasses

from groundwork.fleet.site import Site
from groundwork.kube.images import own_image


def test_an_image_is_tagged_by_the_content_of_its_folder(auto: Site) -> None:
    """Another content is another reference, so pods roll; both architectures exist, and no pull-through is put before it."""
    before, after = (own_image(dataclasses.replace(auto, images={"s5cmd": tag}), "s5cmd") for tag in ("abc", "def"))

    registry = f"{auto.cluster.account}.dkr.ecr.{auto.cluster.region}.amazonaws.com/{auto.organisation.name}"
    assert f"{registry}/s5cmd:abc" == before.reference("cache.example.com")
    assert f"{registry}/s5cmd:def" == after.reference("cache.example.com")
    assert {"amd64", "arm64"} == set(before.arch)
