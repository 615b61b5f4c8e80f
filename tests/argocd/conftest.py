"""Fixtures: clusters of the reference fleet as they are delivered, rendered once each."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from groundwork.fleet.loader import load
from groundwork.fleet.site import Fleet
from groundwork.render.cluster import render_cluster
from tests.argocd.delivered import Deliver, Delivered

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def fleet() -> Fleet:
    """The reference fleet."""
    return load(ROOT)


@pytest.fixture(scope="session")
def deliver(fleet: Fleet) -> Deliver:
    """A cluster of the reference fleet, by name."""

    @functools.cache
    def one(name: str) -> Delivered:
        site = fleet.site(name)
        return Delivered(site, render_cluster(site).files)

    return one


@pytest.fixture(scope="session")
def auto(deliver: Deliver) -> Delivered:
    """Production on EKS Auto Mode."""
    return deliver("prod-us-east-1")


@pytest.fixture(scope="session")
def karpenter(deliver: Deliver) -> Delivered:
    """Production on nodes of our own, in a region that global services do not live in."""
    return deliver("prod-us-east-2")


@pytest.fixture(scope="session", params=["dev-us-east-1", "prod-us-east-1", "prod-us-east-2"])
def delivered(request: pytest.FixtureRequest, deliver: Deliver) -> Delivered:
    """Each cluster in turn."""
    return deliver(request.param)
