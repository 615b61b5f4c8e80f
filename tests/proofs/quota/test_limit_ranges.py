"""What LimitRanges refuse of single containers and pods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from groundwork.proofs.quota import limit_ranges
from groundwork.proofs.world import World
from tests.proofs.quota.small import container, deployment, obj

WorldOf = Callable[..., World]


def limit_range(kind: str = "Container", **bounds: Any) -> dict[str, Any]:
    """A LimitRange."""
    return obj("LimitRange", "bounds", spec={"limits": [{"type": kind, **bounds}]})


@pytest.mark.parametrize(
    ("bounds", "refused"),
    [
        ({"max": {"memory": "4Gi"}}, False),
        ({"max": {"memory": "3Gi"}}, True),
        ({"max": {"cpu": "3"}}, False),
        ({"max": {"cpu": "1"}}, True),
        ({"min": {"memory": "4Gi"}}, False),
        ({"min": {"memory": "5Gi"}}, True),
        ({"min": {"cpu": "3"}}, True),
        ({"min": {"nvidia.com/gpu": "1"}}, False),
        ({"maxLimitRequestRatio": {"memory": "1"}}, False),
        ({"maxLimitRequestRatio": {"cpu": "2"}}, True),
        ({"maxLimitRequestRatio": {"cpu": "2"}, "default": {"cpu": "4"}}, False),
    ],
)
def test_a_container_is_held_to_bounds_once_defaults_are_filled_in(
    world_of: WorldOf,
    bounds: dict[str, Any],
    refused: bool,  # noqa: FBT001 - the parameter of a test
) -> None:
    """Two cores requested without a limit, and four GiB of memory: a maximum is a default limit, a minimum a default request."""
    pods = deployment(requests={"cpu": "2"}, limits={"memory": "4Gi"})

    assert bool([*limit_ranges.check(world_of(pods, limit_range(**bounds)))]) is refused


def test_a_pod_is_held_to_what_its_containers_ask_for_together(world_of: WorldOf) -> None:
    """For a pod nothing is filled in: without a limit there is no knowing that it keeps within one."""
    pods = deployment(limits={"memory": "4Gi"})

    assert list(limit_ranges.check(world_of(pods, limit_range("Pod", max={"memory": "4Gi"})))) == []
    (large,) = limit_ranges.check(world_of(pods, limit_range("Pod", max={"memory": "3Gi"})))
    (silent,) = limit_ranges.check(world_of(pods, limit_range("Pod", max={"cpu": "3"})))

    assert large.problem == (
        "a pod of Deployment team/web may have 3Gi memory at most, not 4Gi, says the LimitRange bounds of team"
    )
    assert "may have 3 cpu at most, not without a limit" in silent.problem


def test_the_container_is_named_at_its_place(world_of: WorldOf) -> None:
    """Init containers too."""
    pods = deployment(requests={"cpu": "1"}, initContainers=[container({"cpu": "3"}, name="setup")])

    (finding,) = limit_ranges.check(world_of(pods, limit_range(max={"cpu": "2"})))

    assert finding.rule == "quota/limit-range"
    assert finding.problem.startswith("the container setup of Deployment team/web may have 2 cpu at most, not 3")
    assert finding.pointer == ("spec", "template", "spec", "initContainers", 0, "resources")


def test_another_namespace_and_claims_are_not_its_affair(world_of: WorldOf) -> None:
    """A LimitRange for claims bounds their storage."""
    elsewhere = limit_range(max={"cpu": "1"}) | {"metadata": {"name": "bounds", "namespace": "other"}}
    claims = limit_range("PersistentVolumeClaim", max={"storage": "1Gi"})

    assert list(limit_ranges.check(world_of(deployment(requests={"cpu": "2"}), elsewhere, claims))) == []
