"""Fixtures: what the gates say of one object that is added to the committed tree, or stands in the place of one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from groundwork.proofs import policies, schema
from groundwork.proofs.edges.edge import edges
from groundwork.proofs.intent import Intent, read_intent
from groundwork.proofs.world import World
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree, read_tree

ROOT = Path(__file__).resolve().parents[2]
AUTO, KARPENTER = "prod-us-east-1", "prod-us-east-2"

Refused = Callable[..., set[str]]
Edited = Callable[..., dict[str, Any]]


@cache
def committed() -> Tree:
    """The committed tree."""
    return read_tree(ROOT / "generated")


@cache
def intent() -> Intent:
    """What the committed declarations add."""
    return read_intent(ROOT)


def _home(objects: list[tuple[str, str]]) -> str:
    """The last cluster that has one of these objects; where none has, the one with nodes of its own."""
    return max((one.cluster for one in committed() if (one.kind, one.name) in objects), default=KARPENTER)


@pytest.fixture(scope="session")
def refused() -> Refused:
    """The rules that objects break in a cluster, which holds everything else that is committed.

    Unless a cluster is named, it is the last one that has one of the objects.
    """

    def judge(*bodies: dict[str, Any], cluster: str | None = None) -> set[str]:
        cluster = cluster or _home([(body["kind"], body["metadata"]["name"]) for body in bodies])
        path = PurePosixPath("generated", cluster, "litellm/ai-gateway/x.yaml")
        added = [Manifest(cluster, "litellm", path, body) for body in bodies]
        names = {one.identity for one in added}
        others = [one for one in committed() if one.cluster == cluster and one.identity not in names]
        tree = Tree(committed().root, [*others, *added])
        world = World(tree, cluster, intent())
        found = {one.rule for one in schema.check(Tree(tree.root, added), {cluster: "1.35"})}
        found |= {edge.rule.id for one in added for edge in edges(one, world) if edge.rule}
        facts = {cluster: policies.facts(tree, cluster)}
        documents = [(cluster, one) for one in added]
        return found | {one.rule for _, one in policies.denials(ROOT / "policies", facts, documents)}

    return judge


@pytest.fixture(scope="session")
def edited() -> Edited:
    """The body of a committed object with some fields replaced: paths are written with dots."""

    def edit(kind: str, name: str, *, cluster: str | None = None, **fields: Any) -> dict[str, Any]:
        cluster = cluster or _home([(kind, name)])
        original = next(one for one in committed() if (one.cluster, one.kind, one.name) == (cluster, kind, name))
        body = copy.deepcopy(original.body)
        for path, value in fields.items():
            *parents, last = [int(step) if step.isdigit() else step for step in path.split("__")]
            place: Any = body
            for step in parents:
                place = place[step]
            if value is None:
                del place[last]
            else:
                place[last] = value
        return body

    return edit


def deployment(container: dict[str, Any], *, namespace: str = "ai-gateway", **spec: Any) -> dict[str, Any]:
    """A Deployment as the designs wrote them: a container and little else."""
    labels = {"app": "one"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "one", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "one", **container}], **spec},
            },
        },
    }


def document(**statement: Any) -> str:
    """An IAM policy of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
