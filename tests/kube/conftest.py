"""Fixtures: sites of the reference fleet, one for each way of running nodes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from groundwork.fleet.loader import load
from groundwork.fleet.site import Fleet, Site

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="package")
def fleet() -> Fleet:
    """The reference fleet."""
    return load(ROOT)


@pytest.fixture(scope="package")
def auto(fleet: Fleet) -> Site:
    """A cluster whose nodes EKS Auto Mode runs."""
    return next(fleet.site(name) for name, cluster in fleet.clusters.items() if cluster.nodes == "auto")


@pytest.fixture(scope="package")
def karpenter(fleet: Fleet) -> Site:
    """A cluster whose nodes a Karpenter of its own runs, without a mesh."""
    return mesh(fleet, None)


@pytest.fixture(scope="package")
def meshed(fleet: Fleet) -> Site:
    """The same with Istio."""
    return mesh(fleet, "istio")


def mesh(fleet: Fleet, declared: str | None) -> Site:
    """The first cluster with nodes of its own, with a mesh or without."""
    found = next(fleet.site(name) for name, cluster in fleet.clusters.items() if cluster.nodes == "karpenter")
    return dataclasses.replace(found, cluster=found.cluster.model_copy(update={"mesh": declared}))


@pytest.fixture(params=["auto", "karpenter"])
def site(request: pytest.FixtureRequest) -> Site:
    """Either of them: for what holds in both."""
    found: Site = request.getfixturevalue(request.param)
    return found
