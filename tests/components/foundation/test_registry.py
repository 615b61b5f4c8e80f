"""The registry: versions of our own images never move, and those of others come through the account's own cache."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from groundwork.catalog import versions
from groundwork.components.foundation.registry import Registry
from groundwork.fleet.site import Site
from groundwork.kube.rendering import Rendering


def named(rendering: Rendering, kind: str) -> dict[str, dict[str, Any]]:
    """Objects of a kind, by the name that AWS knows."""
    bodies = [made.body for made in rendering.objects if made.body["kind"] == kind]
    return {body["spec"].get("name") or body["spec"]["ecrRepositoryPrefix"]: body for body in bodies}


def without_registry(site: Site) -> Site:
    """A cluster that pulls from everywhere by itself."""
    return dataclasses.replace(site, cluster=site.cluster.model_copy(update={"registry": None}))


def test_every_image_of_ours_has_a_repository(render: Any, site: Any) -> None:
    """The tag is the content's digest: what it names never changes, and is scanned when it comes."""
    production = site("prod-us-east-2")

    repositories = named(render(Registry, without_registry(production)), "Repository")

    assert {*repositories} == {f"acme/{name}" for name in production.images}
    assert {one["spec"]["imageTagMutability"] for one in repositories.values()} == {"IMMUTABLE"}
    assert all(one["spec"]["imageScanningConfiguration"]["scanOnPush"] for one in repositories.values())


def test_clusters_of_one_account_agree_about_its_repositories(render: Any, site: Any) -> None:
    """Each takes over what the other made; were they to differ, they would change it in turns."""
    one, other = (
        named(render(Registry, without_registry(site(name))), "Repository")
        for name in ("dev-us-east-1", "prod-us-east-1")
    )

    assert one == other


def test_nobody_keeps_what_no_tag_names(render: Any, site: Any) -> None:
    """But a year of versions."""
    (repository,) = {
        one["spec"]["lifecyclePolicy"] for one in named(render(Registry, site("prod-us-east-1")), "Repository").values()
    }
    rules = json.loads(repository)["rules"]

    assert [rule["selection"]["tagStatus"] for rule in rules] == ["untagged", "any"]


def test_every_image_that_is_pulled_through_has_its_repository(render: Any, site: Any) -> None:
    """Nodes may import, and not make repositories."""
    production = site("prod-us-east-1")
    registry = production.cluster.registry

    repositories = named(render(Registry, production), "Repository")
    pulled = {one.reference(registry) for one in versions.images("stable")}
    through = {one.removeprefix(registry).rpartition(":")[0] for one in pulled if one.startswith(registry)}

    assert through
    assert {f"cache{path}" for path in through} <= {*repositories}


def test_ecr_signs_in_where_a_registry_asks_for_it(render: Any, site: Any, find: Any) -> None:
    """Docker Hub counts pulls of those that do not."""
    rendering = render(Registry, site("prod-us-east-1"))
    rules = named(rendering, "PullThroughCacheRule")

    secret = find(rendering, "Secret", "docker-io")["spec"]
    assert rules["cache/docker.io"]["spec"]["upstreamRegistryURL"] == "registry-1.docker.io"
    assert rules["cache/docker.io"]["spec"]["credentialRef"]["from"]["name"] == "docker-io"
    assert "credentialRef" not in rules["cache/quay.io"]["spec"]
    assert secret["name"] == "ecr-pullthroughcache/acme-prod-us-east-1-docker-io"
    assert secret["secretString"] == {"name": "registry-docker-io", "namespace": "ack-system", "key": "document"}


@pytest.mark.parametrize("registry", [None, "harbor.example.com/cache"])
def test_other_registries_are_not_ours_to_set_up(render: Any, site: Any, registry: str | None) -> None:
    """A mirror of somebody else's has its own rules."""
    production = site("prod-us-east-1")
    cluster = production.cluster.model_copy(update={"registry": registry})

    rendering = render(Registry, dataclasses.replace(production, cluster=cluster))

    assert not named(rendering, "PullThroughCacheRule")
    assert not [made for made in rendering.objects if made.body["kind"] == "ExternalSecret"]
