"""What a pod asks for: as the scheduler, LimitRanger and the quota admission plugin of Kubernetes count it."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.proofs.resources import added, admitted, limits, most, read, requests, times

GI = 1024**3 * 1000


def container(
    requests: dict[str, Any] | None = None, limits: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A container with resources."""
    asked = {"requests": requests, "limits": limits}
    return {"name": "c", "resources": {key: one for key, one in asked.items() if one is not None}, **more}


def limit_range(**limit: Any) -> dict[str, Any]:
    """A LimitRange for containers."""
    return {"kind": "LimitRange", "spec": {"limits": [{"type": "Container", **limit}]}}


def test_containers_are_added_up() -> None:
    """What runs side by side is kept free together."""
    spec = {"containers": [container({"cpu": "500m", "memory": "1Gi"}), container({"cpu": 1, "nvidia.com/gpu": "2"})]}

    assert requests(spec) == {"cpu": 1500, "memory": GI, "nvidia.com/gpu": 2000}


def test_an_init_container_counts_where_it_needs_more() -> None:
    """It runs before the others and alone: the larger of both, for each resource by itself."""
    spec = {
        "initContainers": [container({"cpu": "2", "memory": "1Gi"})],
        "containers": [container({"cpu": "1", "memory": "2Gi"})],
    }

    assert requests(spec) == {"cpu": 2000, "memory": 2 * GI}


def test_a_sidecar_runs_beside_what_starts_after_it() -> None:
    """KEP-753: an init container has the sidecars before it as company, the containers have all of them."""
    sidecar = container({"cpu": "1"}, restartPolicy="Always")
    before, after = container({"cpu": "4"}), container({"cpu": "3500m"})

    spec = {"initContainers": [before, sidecar, after], "containers": [container({"cpu": "2"})]}

    assert requests(spec) == {"cpu": 4500}
    assert requests({**spec, "initContainers": [before, sidecar]}) == {"cpu": 4000}
    assert requests({**spec, "initContainers": [sidecar]}) == {"cpu": 3000}


def test_what_is_limited_and_not_requested_is_requested_to_the_limit() -> None:
    """The API server fills that in before anybody counts."""
    spec = {"containers": [container({"cpu": "1"}, {"cpu": "4", "memory": "1Gi"})]}

    assert requests(spec) == {"cpu": 1000, "memory": GI}
    assert limits(spec) == {"cpu": 4000, "memory": GI}


def test_a_pod_as_a_whole_may_ask_for_cpu_and_memory() -> None:
    """Its own amounts stand for those of its containers; devices are asked for by containers alone."""
    spec = {
        "resources": {"requests": {"cpu": "3", "nvidia.com/gpu": "8"}},
        "containers": [container({"cpu": "1", "nvidia.com/gpu": "1"})],
    }

    assert requests(spec) == {"cpu": 3000, "nvidia.com/gpu": 1000}


def test_a_pod_that_limits_itself_requests_what_its_containers_do_and_else_the_limit() -> None:
    """Kubernetes' defaults for pod-level resources (core/v1 defaults.go: defaultPodRequests)."""
    spec = {"resources": {"limits": {"cpu": "4", "memory": "8Gi"}}, "containers": [container({"cpu": "1"})]}

    assert requests(spec) == {"cpu": 1000, "memory": 8 * GI}
    assert limits(spec) == {"cpu": 4000, "memory": 8 * GI}


def test_overhead_comes_on_top_and_raises_only_what_is_limited() -> None:
    """A sandbox's own needs (a RuntimeClass with gVisor or Kata) count as requests, and as limits where there are any."""
    spec = {"overhead": {"cpu": "250m", "memory": "1Gi"}, "containers": [container({"cpu": "1"}, {"memory": "1Gi"})]}

    assert requests(spec) == {"cpu": 1250, "memory": 2 * GI}
    assert limits(spec) == {"memory": 2 * GI}


@pytest.mark.parametrize(
    ("limit", "requested", "limited"),
    [
        ({"default": {"memory": "2Gi"}}, {"memory": 2 * GI}, {"memory": 2 * GI}),
        ({"defaultRequest": {"memory": "1Gi"}}, {"memory": GI}, {}),
        ({"default": {"memory": "2Gi"}, "defaultRequest": {"memory": "1Gi"}}, {"memory": GI}, {"memory": 2 * GI}),
        ({"max": {"memory": "4Gi"}}, {"memory": 4 * GI}, {"memory": 4 * GI}),
        ({"min": {"memory": "1Gi"}}, {"memory": GI}, {}),
        ({"min": {"memory": "1Gi"}, "max": {"memory": "4Gi"}}, {"memory": 4 * GI}, {"memory": 4 * GI}),
    ],
)
def test_a_limit_range_fills_in_what_a_container_leaves_open(
    limit: dict[str, Any], requested: Any, limited: Any
) -> None:
    """A maximum is a default limit, that a default request, and so is a minimum."""
    spec = admitted({"containers": [container()]}, [limit_range(**limit)])

    assert (requests(spec), limits(spec)) == (requested, limited)


def test_a_limit_range_fills_init_containers_too() -> None:
    """One that says nothing would else be refused where its namespace's quota counts memory."""
    spec = admitted(
        {"initContainers": [container()], "containers": [container()]}, [limit_range(default={"memory": "1Gi"})]
    )

    assert [one["resources"]["limits"] for one in spec["initContainers"]] == [{"memory": "1Gi"}]
    assert requests(spec) == {"memory": GI}


def test_a_container_s_own_limit_is_its_request_before_a_limit_range_speaks() -> None:
    """Defaulting comes before LimitRanger: else the default request would stand beside a smaller limit."""
    spec = admitted(
        {"containers": [container(limits={"memory": "8Gi"})]}, [limit_range(defaultRequest={"memory": "1Gi"})]
    )

    assert requests(spec) == {"memory": 8 * GI}


def test_a_second_limit_range_fills_what_the_first_left_open() -> None:
    """What the first one limited is not requested to that limit any more: LimitRanger does not default again."""
    first, second = limit_range(defaultRequest={"cpu": "1"}), limit_range(defaultRequest={"cpu": "2", "memory": "1Gi"})

    spec = admitted({"containers": [container()]}, [first, second])

    assert requests(spec) == {"cpu": 1000, "memory": GI}


def test_a_limit_range_comes_too_late_for_the_pod_as_a_whole() -> None:
    """What the pod requests as a whole is settled when it is read, before containers are filled in."""
    spec = {"resources": {"limits": {"cpu": "4"}}, "containers": [container()]}

    assert requests(admitted(spec, [limit_range(defaultRequest={"cpu": "1"})])) == {"cpu": 4000}


def test_limit_ranges_for_pods_and_claims_fill_in_nothing() -> None:
    """Only those of type Container have defaults for containers."""
    spec = {"containers": [container()]}
    body = {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}, {"type": "PersistentVolumeClaim"}]}}

    assert admitted(spec, [body]) is spec


@pytest.mark.parametrize("amounts", [None, [], {"cpu": None}, {"cpu": "much"}, {"cpu": True}, {"cpu": {}}])
def test_what_is_no_quantity_counts_as_nothing(amounts: Any) -> None:
    """The schema proof says so; nobody stumbles."""
    assert not sum(read(amounts).values())


def test_amounts_are_whole_thousandths_rounded_up() -> None:
    """As Kubernetes rounds what it cannot hold."""
    assert read({"cpu": "0.1m", "memory": "1Ki", "x": 1.5}) == {"cpu": 1, "memory": 1024_000, "x": 1500}


def test_amounts_are_added_compared_and_multiplied_resource_by_resource() -> None:
    """One that only one side knows is nothing on the other."""
    one, other = {"cpu": 1000, "memory": 5}, {"cpu": 3000, "gpu": 1}

    assert added(one, other) == {"cpu": 4000, "memory": 5, "gpu": 1}
    assert most(one, other) == {"cpu": 3000, "memory": 5, "gpu": 1}
    assert times(3, other) == {"cpu": 9000, "gpu": 3}
