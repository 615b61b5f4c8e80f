"""Fixtures: programs that answer from a table instead of asking AWS or a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundwork.tree.reader import Tree, read_tree
from tests.live.cluster import Cluster
from tests.live.programs import Programs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """A PATH with nothing on it but what a test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return Programs(folder)


@pytest.fixture(scope="session")
def karpenter_tree() -> Tree:
    """What is committed of a cluster with nodes of our own."""
    return read_tree(ROOT / "generated", ["prod-us-east-2"])


@pytest.fixture(scope="session")
def auto_tree() -> Tree:
    """What is committed of a cluster on EKS Auto Mode."""
    return read_tree(ROOT / "generated", ["prod-us-east-1"])


@pytest.fixture
def karpenter(programs: Programs, karpenter_tree: Tree) -> Cluster:
    """prod-us-east-2, running as it should."""
    return Cluster(karpenter_tree, "prod-us-east-2", programs.folder)


@pytest.fixture
def auto(programs: Programs, auto_tree: Tree) -> Cluster:
    """prod-us-east-1, running as it should."""
    return Cluster(auto_tree, "prod-us-east-1", programs.folder)
