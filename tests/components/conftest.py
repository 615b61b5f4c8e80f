"""Fixtures: the reference fleet, and one component rendered for one of its clusters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cdk8s
import pytest

from groundwork.fleet.loader import load
from groundwork.fleet.site import Fleet, Site
from groundwork.kube.component import Component
from groundwork.kube.rendering import Rendering
from groundwork.render.cluster import carried, directory_of

ROOT = Path(__file__).resolve().parents[2]

Render = Callable[[type[Component], Site], Rendering]
Find = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    """The reference fleet."""
    return load(ROOT)


@pytest.fixture(scope="session")
def site(fleet: Fleet) -> Callable[[str], Site]:
    """A cluster of the reference fleet, by name."""
    return fleet.site


@pytest.fixture(scope="session")
def render() -> Render:
    """A component as a cluster that carries everything else renders it."""

    def one(component: type[Component], site: Site) -> Rendering:
        instance = component.instances(site)[0]
        return instance.synthesize(cdk8s.App(), directory_of(carried(site)))

    return one


@pytest.fixture(scope="session")
def find() -> Find:
    """The body of one object of a rendering, by kind and name."""

    def one(rendering: Rendering, kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
        bodies = [made.body for made in rendering.objects]
        wanted = [
            body
            for body in bodies
            if (body["kind"], body["metadata"]["name"]) == (kind, name)
            and namespace in (None, body["metadata"].get("namespace"))
        ]
        assert len(wanted) == 1, sorted(f"{body['kind']} {body['metadata']['name']}" for body in bodies)
        return wanted[0]

    return one
