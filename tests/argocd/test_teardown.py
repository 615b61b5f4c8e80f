"""Teardown: the order in which nothing is left that costs money."""

from __future__ import annotations

import re

from tests.argocd.delivered import Delivered, titles


def test_teardown_leaves_nothing_running(delivered: Delivered) -> None:
    """Workloads from the highest wave down, then machines while their controller lives, then endpoints, then the VPC."""
    page = delivered.document("teardown.md")
    waves = [int(wave) for wave in re.findall(r"# wave (\d+)", page)]

    assert waves == sorted(waves, reverse=True)
    assert min(waves) > 20
    order = titles(page)
    steps = [
        "Stop syncing",
        "What runs on the machines",
        "The machines",
        "The endpoints",
        "The cluster",
        "What AWS keeps",
    ]
    assert [one for one in order if one in steps] == steps


def test_teardown_deletes_applications_and_not_what_they_would_make_again(delivered: Delivered) -> None:
    """`kubectl delete nodepools` while its Application heals itself: the pools are back before their machines are gone."""
    page = delivered.document("teardown.md")

    assert "delete application node-pools" in page
    assert not re.search(r"delete (nodepools|deployments|statefulsets)", page)


def test_every_application_above_the_operators_is_taken_down(delivered: Delivered) -> None:
    """One that is forgotten keeps its load balancer or its machines."""
    page = delivered.document("teardown.md")
    deleted = {name for line in re.findall(r"--ignore-not-found (.+?) +# wave", page) for name in line.split()}
    waves = {
        one["metadata"]["name"]: int(one["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"])
        for one in delivered.of_kind("Application", "argocd")
    }

    assert {name for name, wave in waves.items() if wave > 20} <= deleted
