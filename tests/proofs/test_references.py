"""References: the committed tree holds together, and what is counted is really followed."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import PurePosixPath
from typing import Any

import pytest

from groundwork.proofs import edges, references
from groundwork.proofs.intent import Intent
from groundwork.proofs.world import worlds
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

# Every kind of edge that the reference fleet has. A count of zero would mean that somebody stopped following.
MOST_EXCUSED = 3


@pytest.fixture(scope="module")
def report(tree: Tree, intent: Intent) -> references.Report:
    """What the proof says of the committed tree."""
    return references.check(worlds(tree, intent))


def test_every_reference_of_the_committed_tree_is_held(report: references.Report) -> None:
    """Nothing dangles in any cluster."""
    assert [f"{one.subject}: {one.problem}" for one in report.findings] == []


@pytest.mark.parametrize(
    "kind",
    [
        "Service -> pods",
        "Service -> container port",
        "PodDisruptionBudget -> pods",
        "NetworkPolicy -> pods",
        "NetworkPolicy -> peer",
        "NetworkPolicy -> port",
        "probe -> container port",
        "pods -> Secret key",
        "pods -> ConfigMap",
        "ExternalSecret -> contract",
        "ExternalSecret -> store",
        "pods -> ServiceAccount",
        "-> StorageClass",
        "-> PriorityClass",
        "-> GatewayClass",
        "route -> listener",
        "route -> Service",
        "reference -> ReferenceGrant",
        "policy -> target",
        "policy -> extension",
        "scaler -> target",
        "scaler -> series",
        "NodePool -> node class",
        "pods -> node label",
        "Agent -> ModelConfig",
        "Agent -> RemoteMCPServer",
        "Agent -> Agent",
        "offered model -> served model",
        "monitor -> scraped",
        "monitor -> port",
        "PrometheusRule -> series",
        "PodIdentityAssociation -> ServiceAccount",
        "ACK resource -> ACK resource",
        "Application -> folder",
        "Application -> project",
        "Application -> project's permission",
        "custom resource -> CRD",
        "Certificate -> issuer",
        "container -> apps/images",
        "address -> Service",
    ],
)
def test_the_fleet_has_edges_of_every_kind(report: references.Report, kind: str) -> None:
    """A proof that finds nothing to follow proves nothing."""
    assert report.edges[kind] > 0


def test_the_list_of_what_is_not_followed_only_shrinks(report: references.Report) -> None:
    """Each excuse is used, and there are never more than there were."""
    assert set(references.excused()) == set(report.unknown)
    assert len(references.excused()) <= MOST_EXCUSED


def test_a_new_field_that_looks_like_a_reference_is_named_once(tree: Tree) -> None:
    """A custom resource of a kind that nobody follows says so, once for all of its objects."""
    bodies = [
        {
            "apiVersion": "example.com/v1",
            "kind": "Thing",
            "metadata": {"name": name},
            "spec": {"parts": [{"storageRef": "a"}]},
        }
        for name in ("one", "two")
    ]
    manifests = [
        Manifest("dev", "bootstrap", PurePosixPath(f"generated/dev/bootstrap/{body['metadata']}"), body)
        for body in bodies
    ]

    report = references.check(worlds(Tree(tree.root, manifests)))

    (finding,) = report.findings
    assert finding.problem == "spec.parts[*].storageRef looks like a reference, and nothing follows it"
    assert report.unknown == {"Thing.example.com spec.parts[*].storageRef": 2}


def test_without_declarations_groups_and_images_are_assumed(tree: Tree, report: references.Report) -> None:
    """A tree alone does not say which groups there are; nothing is made up."""
    alone = references.check(worlds(tree))

    assert alone.findings == []
    assert alone.assumed > report.assumed


def _rules() -> list[Any]:
    modules = [importlib.import_module(f"{edges.__name__}.{one.name}") for one in pkgutil.iter_modules(edges.__path__)]
    return [rule for module in modules for rule in getattr(module, "RULES", ())]


def test_every_rule_says_what_it_demands() -> None:
    """A rule has a title, a reason, a way out, and more to tell."""
    rules = _rules()

    assert len({rule.id for rule in rules}) == len(rules) > 30
    assert [rule.id for rule in rules if not (rule.title and rule.why and rule.fix and rule.explanation)] == []
