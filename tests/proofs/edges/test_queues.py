"""Queues: a job that waits in a queue that leads nowhere never starts, and nothing fails."""

from __future__ import annotations

from typing import Any

import pytest

QUEUES = """\
---
apiVersion: v1
kind: Namespace
metadata: {name: team, labels: {tenant: team}}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: ResourceFlavor
metadata: {name: general}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {name: team}
spec: {namespaceSelector: {matchLabels: {tenant: team}}}
---
apiVersion: kueue.x-k8s.io/v1beta2
kind: LocalQueue
metadata: {name: default, namespace: team}
spec: {clusterQueue: team}
"""
JOB = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: train, namespace: team, labels: {kueue.x-k8s.io/queue-name: QUEUE}}\n"
LOCAL = """\
apiVersion: kueue.x-k8s.io/v1beta2
kind: LocalQueue
metadata: {name: more, namespace: NAMESPACE}
spec: {clusterQueue: QUEUE}
"""
CLUSTER = """\
apiVersion: kueue.x-k8s.io/v1beta2
kind: ClusterQueue
metadata: {name: more}
spec: {namespaceSelector: SELECTOR, resourceGroups: [{flavors: [{name: FLAVOR}]}]}
"""


def test_a_job_waits_in_a_queue_of_its_namespace(follow: Any) -> None:
    """Queues of other names keep it suspended."""
    assert follow(JOB.replace("QUEUE", "default") + QUEUES).held["Job -> LocalQueue"] == 1
    assert "missing-queue" in follow(JOB.replace("QUEUE", "fast") + QUEUES).problems


@pytest.mark.parametrize(
    ("namespace", "queue", "problems"),
    [("team", "team", []), ("team", "tema", ["missing-queue"]), ("other", "team", ["missing-queue"])],
)
def test_a_namespaces_queue_draws_on_one_that_lets_it_in(
    follow: Any, namespace: str, queue: str, problems: list[str]
) -> None:
    """A misspelt name, or a namespace that is not selected, admits nothing."""
    followed = follow(LOCAL.replace("NAMESPACE", namespace).replace("QUEUE", queue) + QUEUES)

    assert [one for one in followed.problems if one == "missing-queue"] == problems


@pytest.mark.parametrize(
    ("selector", "flavor", "problem"),
    [
        ("{}", "general", None),
        ("{matchLabels: {tenant: team}}", "general", None),
        ("{matchLabels: {tenant: tema}}", "general", "unused-queue"),
        ("{}", "generel", "missing-queue"),
    ],
)
def test_a_clusters_queue_has_machines_and_namespaces(
    follow: Any, selector: str, flavor: str, problem: str | None
) -> None:
    """Either missing means that nothing starts."""
    followed = follow(CLUSTER.replace("SELECTOR", selector).replace("FLAVOR", flavor) + QUEUES)

    assert [*followed.problems] == ([problem] if problem else [])


def test_a_flavor_names_nodes_that_a_pool_gives(broken: Any) -> None:
    """Jobs sent to a label that no node has wait for ever."""
    found = broken(
        "ResourceFlavor", "gpu-l4", lambda body: body["spec"]["nodeLabels"].update({"groundwork.dev/accelerator": "l5"})
    )

    assert "references/missing-node-label" in {one.rule for one in found}
