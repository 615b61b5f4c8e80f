"""Rendering a cluster: names that refactoring cannot change, and what is refused."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import cdk8s
import pytest

from groundwork.components.bringup import COMPONENTS
from groundwork.components.foundation.priorities import Priorities
from groundwork.fleet.loader import load
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Directory
from groundwork.kube.stage import Stage
from groundwork.render.cluster import carried, directory_of, render_cluster
from groundwork.render.files import RenderError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site() -> Site:
    """The reference cluster with self-managed nodes: it carries the most."""
    return load(ROOT).site("prod-us-east-2")


class Inserted(Component):
    """A component that somebody adds between others."""

    name = "inserted"
    project = "foundation"
    stage = Stage.DATA
    namespace = "ai-data"

    def render(self) -> None:
        self.object("v1", "ConfigMap", "inserted", data={"a": "b"})


class Wrapped(Priorities):
    """A component whose constructs stand one level deeper."""

    name = "priorities"
    project = "foundation"

    def synthesize(self, app: cdk8s.App, directory: Directory):  # type: ignore[no-untyped-def]  # noqa: ANN201 - as its base
        return super().synthesize(cdk8s.App(), directory)


def test_the_order_of_bringup_changes_no_byte(site: Site) -> None:
    """Reordering the list of components renames and edits nothing."""
    shuffled = list(COMPONENTS)
    random.Random(7).shuffle(shuffled)

    expected = render_cluster(site)
    found = render_cluster(site, components=shuffled)

    assert found.files == expected.files


def test_an_inserted_component_edits_no_existing_file(site: Site) -> None:
    """Adding a component brings its own files and leaves every other one as it was."""
    expected = render_cluster(site).files
    found = render_cluster(site, components=(*COMPONENTS[:5], Inserted, *COMPONENTS[5:])).files

    different = {path for path, text in expected.items() if found[path] != text and path.suffix == ".yaml"}
    assert different == set()  # the pages in bootstrap/ name every component, and are no objects
    assert {str(path) for path in found.keys() - expected.keys()} == {
        "argocd/argocd/Application.argoproj.inserted.yaml",
        "inserted/ai-data/ConfigMap.inserted.yaml",
    }


def test_wrapping_a_construct_renames_nothing(site: Site) -> None:
    """Names are given, never derived from where a construct stands."""
    wrapped = [Wrapped if one is Priorities else one for one in COMPONENTS]

    assert render_cluster(site, components=wrapped).files == render_cluster(site).files


def test_two_objects_with_one_path_are_an_error(site: Site) -> None:
    """Objects whose names differ in upper and lower case only would overwrite each other on some disks."""

    class Twice(Inserted):
        name = "twice"

        def render(self) -> None:
            self.cluster_object("rbac.authorization.k8s.io/v1", "ClusterRole", "Reader", rules=[])
            self.cluster_object("rbac.authorization.k8s.io/v1", "ClusterRole", "reader", rules=[])

    with pytest.raises(RenderError, match="two objects want the path"):
        render_cluster(site, components=(Twice,))


def test_what_is_written_is_what_cdk8s_would_write(site: Site) -> None:
    """Every object that went to cdk8s comes out of it unchanged."""
    instances = carried(site)
    directory = directory_of(instances)
    app = cdk8s.App()

    for component in instances:
        rendering = component.synthesize(app, directory)
        chart = next(one for one in app.charts if one.node.id == component.name)
        given = [made.body for made in rendering.objects]
        written = [one.to_json() for one in chart.node.find_all() if isinstance(one, cdk8s.ApiObject)]
        assert _comparable(written) == _comparable(given), component.name


def _comparable(objects: list[dict[str, Any]]) -> list[str]:
    """Objects as text, keys and objects in one order, so that only content is compared."""
    return sorted(json.dumps(one, sort_keys=True) for one in objects)
