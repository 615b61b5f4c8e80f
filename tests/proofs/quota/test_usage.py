"""What a pod counts for in a quota, and which quotas count it: as the quota admission plugin of Kubernetes does."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest

from groundwork.proofs.pods import PodSet, Scale
from groundwork.proofs.quota.usage import counted_of_pods, counts, unspecified, usage
from groundwork.tree.manifest import Manifest
from tests.proofs.quota.small import GI, container


def pod(*containers: dict[str, Any], **spec: Any) -> PodSet:
    """The pods of one template."""
    nothing = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "team"}}
    return PodSet(
        name="a",
        namespace="team",
        controller="Deployment",
        labels={},
        spec={"containers": list(containers), **spec},
        scale=Scale(),
        source=Manifest("here", "test", PurePosixPath(), nothing),
    )


def test_a_pod_counts_under_every_name_that_quotas_use() -> None:
    """Requests of cpu and memory have two names, limits one, devices only the longer one."""
    one = pod(container({"cpu": "1", "memory": "1Gi", "nvidia.com/gpu": "2"}, {"memory": "2Gi"}))

    assert usage(one) == {
        "pods": 1000,
        "count/pods": 1000,
        "cpu": 1000,
        "requests.cpu": 1000,
        "memory": GI,
        "requests.memory": GI,
        "limits.memory": 2 * GI,
        "requests.nvidia.com/gpu": 2000,
    }


@pytest.mark.parametrize(
    ("resource", "of_pods"),
    [
        ("pods", True),
        ("count/pods", True),
        ("cpu", True),
        ("limits.memory", True),
        ("requests.ephemeral-storage", True),
        ("requests.nvidia.com/gpu", True),
        ("requests.hugepages-2Mi", True),
        ("requests.storage", False),
        ("gp3.storageclass.storage.k8s.io/requests.storage", False),
        ("secrets", False),
        ("count/deployments.apps", False),
        ("nvidia.com/gpu", False),
    ],
)
def test_some_resources_are_of_pods_and_others_of_objects(resource: str, of_pods: bool) -> None:  # noqa: FBT001 - a parameter
    """A device without `requests.` is no resource of a quota."""
    assert counted_of_pods(resource) is of_pods


SERVING = pod(container({"cpu": "1"}), priorityClassName="serving")
DEADLINE = pod(container(), activeDeadlineSeconds=60)
ELSEWHERE = pod(
    container(),
    affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"namespaces": ["other"]}]}},
)


@pytest.mark.parametrize(
    ("one", "scopes", "counted"),
    [
        (SERVING, ["NotBestEffort"], True),
        (SERVING, ["BestEffort"], False),
        (DEADLINE, ["BestEffort"], True),
        (DEADLINE, ["Terminating"], True),
        (DEADLINE, ["Terminating", "NotBestEffort"], False),
        (SERVING, ["NotTerminating", "NotBestEffort"], True),
        (ELSEWHERE, ["CrossNamespacePodAffinity"], True),
        (SERVING, ["CrossNamespacePodAffinity"], False),
        (SERVING, ["PriorityClass"], True),
        (SERVING, ["Unheard"], False),
        (SERVING, [], True),
    ],
)
def test_all_scopes_of_a_quota_must_hold_of_a_pod(one: PodSet, scopes: list[str], counted: bool) -> None:  # noqa: FBT001
    """Else the quota does not count it, whatever it asks for."""
    assert counts({"spec": {"scopes": scopes}}, one, "") is counted


@pytest.mark.parametrize(
    ("operator", "values", "counted"),
    [
        ("In", ["serving", "batch"], True),
        ("In", ["batch"], False),
        ("NotIn", ["batch"], True),
        ("NotIn", ["serving"], False),
        ("Exists", [], True),
        ("DoesNotExist", [], False),
    ],
)
def test_a_quota_may_count_some_priorities_only(operator: str, values: list[str], counted: bool) -> None:  # noqa: FBT001
    """`scopeSelector` picks by the name of the PriorityClass."""
    term = {"scopeName": "PriorityClass", "operator": operator, "values": values}

    assert counts({"spec": {"scopeSelector": {"matchExpressions": [term]}}}, SERVING, "") is counted


def test_who_names_no_priority_has_the_default_one() -> None:
    """The Priority plugin fills it in before quotas count."""
    quota = {
        "spec": {
            "scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["a"]}]}
        }
    }

    assert counts(quota, DEADLINE, "a")
    assert not counts(quota, DEADLINE, "")


def test_every_container_must_say_what_the_quota_counts() -> None:
    """Init containers too; what is limited counts as requested."""
    one = pod(
        container({"cpu": "1"}, {"memory": "1Gi"}, name="said"),
        container({"memory": "1Gi"}, name="unlimited"),
        initContainers=[container(name="silent")],
    )

    found = {(resource, name) for resource, name, _ in unspecified({"requests.memory": "1", "limits.memory": "1"}, one)}

    assert found == {("limits.memory", "unlimited"), ("requests.memory", "silent"), ("limits.memory", "silent")}


def test_a_pod_that_asks_as_a_whole_need_not_say_it_for_each_container() -> None:
    """Kubernetes skips the question where `spec.resources` is set."""
    one = pod(container(), resources={"limits": {"memory": "1Gi"}})

    assert list(unspecified({"requests.cpu": "1", "limits.memory": "1"}, one)) == []


def test_devices_need_not_be_said() -> None:
    """Only cpu and memory are asked for: a mistake that Kubernetes keeps, and does not repeat."""
    assert list(unspecified({"requests.nvidia.com/gpu": "1", "pods": "1"}, pod(container()))) == []
