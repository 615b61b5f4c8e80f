"""Fixtures: an API server for each cluster of the committed tree, with the custom resources that our clusters have."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree, read_tree
from tests.cluster.api import Answer, Api, in_order
from tests.cluster.control_plane import running

ROOT = Path(__file__).resolve().parents[2]
CLUSTERS = sorted(file.stem for file in (ROOT / "clusters").glob("*.yaml"))
SEED = int(os.environ.get("SEED") or 1)
# Not one of them is a manifest: eksctl reads it, and no server serves it.
_NOT_SERVED = {"ClusterConfig"}


@dataclass
class Box:
    """A cluster of the tree, and what a real API server said of each of its objects."""

    name: str
    tree: Tree
    api: Api
    answers: list[tuple[Manifest, Answer]] = field(default_factory=list)

    @property
    def objects(self) -> list[Manifest]:
        """What is applied, in the order of a sync."""
        return in_order(one for one in self.tree if one.kind not in _NOT_SERVED)


@pytest.fixture(scope="session", params=CLUSTERS)
def box(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[Box]:
    """The cluster, applied once."""
    name: str = request.param
    with running(tmp_path_factory.mktemp(name)) as client:
        found = Box(name, read_tree(ROOT / "generated", [name]), Api(client))
        found.api.install()
        # Namespaces that charts' Applications make, or Kubernetes has.
        ours = {one.name for one in found.objects if one.kind == "Namespace"}
        found.api.namespaces({one.namespace for one in found.objects if one.namespace} - ours - {"kube-system"})
        found.answers = [(one, found.api.apply(one.body)) for one in found.objects]
        yield found


_TOLD: list[str] = []


@pytest.fixture(scope="session")
def told() -> list[str]:
    """Lines for the end of the run: the table of agreements."""
    return _TOLD


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print them."""
    if _TOLD:
        terminalreporter.section("schema proof / API server, on mistakes")
        terminalreporter.line("\n".join(_TOLD))
