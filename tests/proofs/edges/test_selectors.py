"""Selectors and ports: what picks nothing, or names a port that nobody opens, is found."""

from __future__ import annotations

from typing import Any

import pytest

LABELS = {"app.kubernetes.io/name": "litelm"}


def container(body: dict[str, Any]) -> dict[str, Any]:
    """The first container of a workload."""
    first: dict[str, Any] = body["spec"]["template"]["spec"]["containers"][0]
    return first


def _to_database(body: dict[str, Any]) -> dict[str, Any]:
    rules: list[dict[str, Any]] = body["spec"]["egress"]
    return next(rule for rule in rules if {5432} == {port["port"] for port in rule["ports"]})


def _to_pods(body: dict[str, Any]) -> dict[str, Any]:
    """The first flow to other pods, DNS apart."""
    rules = (rule for rule in body["spec"]["egress"] if "podSelector" in rule["to"][0])
    return next(rule for rule in rules if {53} != {port["port"] for port in rule["ports"]})


@pytest.mark.parametrize(
    ("kind", "name", "edit", "rule"),
    [
        ("Service", "litellm", lambda body: body["spec"].update(selector=LABELS), "no-pods"),
        ("Service", "litellm", lambda body: body["spec"]["ports"][0].update(targetPort="htp"), "no-port"),
        ("Service", "litellm", lambda body: body["spec"]["ports"][0].update(targetPort=4001), "no-port"),
        ("PodDisruptionBudget", "litellm", lambda body: body["spec"]["selector"].update(matchLabels=LABELS), "no-pods"),
        ("NetworkPolicy", "litellm", lambda body: body["spec"]["podSelector"].update(matchLabels=LABELS), "no-pods"),
        (
            "NetworkPolicy",
            "litellm",
            lambda body: _to_pods(body)["to"][0].update(namespaceSelector={"matchLabels": {"name": "ai-data"}}),
            "dead-peer",
        ),
        ("NetworkPolicy", "litellm", lambda body: _to_pods(body)["ports"][0].update(port=5433), "no-port"),
        # The Job that joins an instance has the labels of the database, and opens nothing.
        ("NetworkPolicy", "litellm", lambda body: _to_database(body)["ports"][0].update(port=5433), "no-port"),
        (
            "Deployment",
            "litellm",
            lambda body: container(body)["readinessProbe"]["httpGet"].update(port="web"),
            "no-port",
        ),
        (
            "Deployment",
            "litellm",
            lambda body: body["spec"]["template"]["spec"]["topologySpreadConstraints"][0]["labelSelector"].update(
                matchLabels=LABELS
            ),
            "others-pods",
        ),
        (
            "StatefulSet",
            "langfuse-clickhouse",
            lambda body: body["spec"].update(serviceName="x"),
            "missing-headless-service",
        ),
        (
            "PodDisruptionBudget",
            "langfuse-web",
            lambda body: body["spec"]["selector"].update(matchLabels={"app.kubernetes.io/part-of": "groundwork"}),
            "two-budgets",
        ),
    ],
)
def test_a_broken_selector_or_port_is_found(broken: Any, kind: str, name: str, edit: Any, rule: str) -> None:
    """The finding names the object that was changed, or one that refers to it."""
    found = [one for one in broken(kind, name, edit, namespace=None) if one.rule == f"references/{rule}"]

    assert any(one.subject.name == name for one in found)


def test_a_peer_that_left_is_found_in_every_policy_that_named_it(broken: Any) -> None:
    """Renaming a workload's label leaves dead rules behind in others' policies."""

    def relabel(body: dict[str, Any]) -> None:
        body["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] = "lite-llm"

    found = {(one.rule, one.subject.name) for one in broken("Deployment", "litellm", relabel)}

    assert {("references/no-pods", "litellm"), ("references/dead-peer", "prometheus")} <= found


@pytest.mark.parametrize("port", [{}, [], True, 1.5])
def test_a_port_of_another_type_is_one_that_nobody_opens(broken: Any, port: Any) -> None:
    """Whatever stands there, the proof has an answer."""
    found = broken("Service", "prometheus", lambda body: body["spec"]["ports"][0].update(targetPort=port))

    assert "references/no-port" in {one.rule for one in found}


NEAR = """
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: {name: large, namespace: shop}
spec:
  leaderWorkerTemplate:
    workerTemplate:
      metadata: {labels: {group: large}}
      spec:
        affinity:
          podAffinity:
            requiredDuringSchedulingIgnoredDuringExecution:
              - {topologyKey: zone, labelSelector: {matchLabels: {group: large}}}
          podAntiAffinity:
            preferredDuringSchedulingIgnoredDuringExecution:
              - weight: 1
                podAffinityTerm: {topologyKey: zone, labelSelector: {matchLabels: {group: large}}}
        containers: [{name: one, args: [--rank=$(LWS_WORKER_INDEX)]}]
---
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
"""


def test_what_pods_want_near_or_far_exists(follow: Any) -> None:
    """Required or only preferred, wherever the template stands."""
    followed = follow(NEAR)

    assert followed.problems == {}
    assert followed.held["affinity -> pods"] == 2


def test_pods_near_nobody_would_never_be_placed(follow: Any) -> None:
    """The scheduler waits for a pod with these labels."""
    problems = follow(NEAR.replace("matchLabels: {group: large}", "matchLabels: {group: larg}"))

    assert problems.problems["no-pods"] == ["no pods of shop carry the labels group=larg"] * 2


def test_variables_that_an_operator_adds_may_be_used(follow: Any) -> None:
    """LeaderWorkerSets tell each pod its place; a misspelt name stays a text."""
    assert follow(NEAR).held["$(variable) -> env"] == 1
    problems = follow(NEAR.replace("$(LWS_WORKER_INDEX)", "$(LWS_WORKER)")).problems

    assert "$(LWS_WORKER) names no variable" in problems["missing-variable"][0]
