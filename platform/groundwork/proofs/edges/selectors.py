"""Selectors: of Services, disruption budgets and network policies. One that picks nothing does nothing, and says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwork.findings import Rule
from groundwork.proofs.edges.edge import Edge, edges_of, held, missing
from groundwork.proofs.fields import Pointer, mapping
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest

RULES = (
    NO_PODS := Rule(
        id="references/no-pods",
        title="A selector picks pods that the tree makes",
        why="A selector that picks nothing is no error to Kubernetes: the Service has no endpoints, the policy protects "
        "nobody, the budget holds nothing.",
        fix="Correct the labels, or remove the object.",
        explanation="""\
A Service, PodDisruptionBudget or NetworkPolicy names its pods by labels only. A misspelt label or a renamed workload leaves
it selecting nothing; nothing becomes unhealthy, and the first one to notice is a caller, or an attacker.

Pods that charts and operators make are known from the catalogue (catalog/charts, catalog/operators).""",
    ),
)


@edges_of("Service")
def service(one: Manifest, world: World) -> Iterator[Edge]:
    """A Service without a selector has its endpoints made by somebody else."""
    selector = mapping(one.body, "spec", "selector")
    if selector:
        yield _pods("Service -> pods", one, world, {"matchLabels": selector}, ("spec", "selector"))


@edges_of("PodDisruptionBudget", "policy")
def disruption_budget(one: Manifest, world: World) -> Iterator[Edge]:
    """The pods that a budget holds back."""
    yield _pods("PodDisruptionBudget -> pods", one, world, mapping(one.body, "spec", "selector"), ("spec", "selector"))


def _pods(kind: str, one: Manifest, world: World, selector: dict[str, Any], pointer: Pointer) -> Edge:
    found = world.selected(selector, one.namespace)
    if found:
        return held(kind, pointer, assumed=all(pods.assumed for pods in found))
    labels = ", ".join(f"{key}={value}" for key, value in mapping(selector, "matchLabels").items())
    return missing(
        kind, pointer, NO_PODS, f"no pods of {one.namespace} carry the labels {labels or 'that are selected'}"
    )
