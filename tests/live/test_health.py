"""What the tree declares, compared with what the cluster says of it."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.catalog.conditions import contentment
from groundwork.live.answers import Answer, State
from groundwork.live.health import health, problem
from groundwork.live.kubectl import Kubectl
from groundwork.tree.reader import Tree
from tests.live.cluster import Cluster

CLUSTER = "prod-us-east-2"


def failed(tree: Tree) -> list[Answer]:
    """What is false."""
    return [one for one in health(tree, CLUSTER, Kubectl()) if one.state is State.FALSE]


@pytest.mark.usefixtures("karpenter")
def test_every_kind_that_reports_is_asked_for(karpenter_tree: Tree) -> None:
    """Applications first, because they hold up everything else."""
    answers = list(health(karpenter_tree, CLUSTER, Kubectl()))

    kinds = [one.claim.partition(":")[0] for one in answers]
    assert "Application" == kinds[0]
    assert {"NodePool", "ExternalSecret", "HTTPRoute", "Gateway", "Agent", "Deployment", "Bucket"} <= {*kinds}
    assert {State.TRUE} == {one.state for one in answers}


def test_an_object_that_is_missing_is_named(karpenter: Cluster, karpenter_tree: Tree) -> None:
    """With what to do."""
    karpenter.change("nodepool.v1.karpenter.sh", "gpu-h200", None)

    (missing,) = failed(karpenter_tree)

    assert ("NodePool gpu-h200", "it is not there") == (missing.claim, missing.found)
    assert missing.fix.startswith("kubectl describe nodepool gpu-h200")


def test_the_cause_is_quoted(karpenter: Cluster, karpenter_tree: Tree) -> None:
    """In the controller's words, on one line."""
    status = {"conditions": [{"type": "Ready", "status": "False", "message": "secret not found:\n  acme/langfuse"}]}
    karpenter.change("externalsecret.v1.external-secrets.io", "smoke-langfuse", status)

    (unsynced,) = failed(karpenter_tree)

    assert "ExternalSecret observability/smoke-langfuse" == unsynced.claim
    assert "Ready is False: secret not found: acme/langfuse" == unsynced.found


def test_what_may_not_be_read_is_open(karpenter: Cluster, karpenter_tree: Tree) -> None:
    """Somebody with less leave still gets the other answers."""
    karpenter.refuse("externalsecret.v1.external-secrets.io")

    answers = list(health(karpenter_tree, CLUSTER, Kubectl()))

    (open_,) = [one for one in answers if one.state is State.OPEN]
    assert open_.claim.endswith(" of ExternalSecret")
    assert not failed(karpenter_tree)


def test_hooks_are_somebody_elses_question(karpenter: Cluster, karpenter_tree: Tree) -> None:
    """Argo CD makes them anew in each sync."""
    karpenter.answer("job.v1.batch", {"items": []})

    assert [] == failed(karpenter_tree)


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("Application.argoproj.io", {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}}, ""),
        (
            "Application.argoproj.io",
            {
                "sync": {"status": "OutOfSync"},
                "health": {"status": "Healthy"},
                "operationState": {"message": "refused"},
            },
            "status is OutOfSync: refused",
        ),
        ("Application.argoproj.io", {"sync": {"status": "Synced"}, "health": {"status": "Suspended"}}, ""),
        ("Application.argoproj.io", {}, "status is not known yet"),
        ("Deployment.apps", {"conditions": [{"type": "Available", "status": "True"}]}, ""),
        ("Deployment.apps", {"conditions": [{"type": "Progressing", "status": "True"}]}, "Available is not known yet"),
        ("StatefulSet.apps", {"readyReplicas": 2}, ""),
        ("StatefulSet.apps", {"readyReplicas": 1}, "1 of 2 ready"),
        ("StatefulSet.apps", None, "0 of 2 ready"),
        ("HTTPRoute.gateway.networking.k8s.io", {}, "no Gateway has taken it"),
        (
            "HTTPRoute.gateway.networking.k8s.io",
            {
                "parents": [
                    {
                        "conditions": [
                            {"type": "Accepted", "status": "True"},
                            {"type": "ResolvedRefs", "status": "False", "reason": "RefNotPermitted"},
                        ]
                    }
                ]
            },
            "ResolvedRefs is False: RefNotPermitted",
        ),
        ("TrafficPolicy.gateway.kgateway.dev", {}, ""),
        (
            "TrafficPolicy.gateway.kgateway.dev",
            {"ancestors": [{"conditions": [{"type": "Accepted", "status": "False", "message": "no such Gateway"}]}]},
            "Accepted is False: no such Gateway",
        ),
    ],
)
def test_each_way_of_reporting_is_read(kind: str, status: dict[str, Any] | None, expected: str) -> None:
    """Conditions, parents, ancestors, fields and counts."""
    name, _, group = kind.partition(".")
    says = contentment(group, name)
    assert says is not None

    assert expected == problem({"spec": {"replicas": 2}, "status": status}, says)
