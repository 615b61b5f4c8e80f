"""Fixtures: each cluster of the committed tree on a real control plane, in three degrees of life."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from groundwork.tree.reader import read_tree
from tests.cluster.box import Box
from tests.cluster.control_plane import api_server
from tests.cluster.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
CLUSTERS = sorted(file.stem for file in (ROOT / "clusters").glob("*.yaml"))
SEED = int(os.environ.get("SEED") or 1)


@pytest.fixture(scope="session")
def progress(pytestconfig: pytest.Config) -> Progress:
    """Lines for whoever waits."""
    return Progress(pytestconfig)


@pytest.fixture(scope="session", params=CLUSTERS)
def box(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, progress: Progress) -> Generator[Box]:
    """The cluster, applied once to an API server that nobody else talks to."""
    name: str = request.param
    with api_server(tmp_path_factory.mktemp(name)) as server:
        found = Box(name, read_tree(ROOT / "generated", [name]), server, progress)
        found.fill()
        yield found


@pytest.fixture(scope="session")
def controlled_box(box: Box) -> Generator[Box]:
    """The same with the controller-manager: what a test applies makes pods, and quotas count them. It has no workloads yet."""
    with box.controlled():
        yield box


@pytest.fixture(scope="session")
def living_box(controlled_box: Box) -> Generator[Box]:
    """The same with scheduler, Karpenter and kwok: pods get machines and run."""
    with controlled_box.alive():
        yield controlled_box


_TOLD: dict[str, list[str]] = {}


@pytest.fixture(scope="session")
def told() -> dict[str, list[str]]:
    """Tables for the end of the run: lines by title."""
    return _TOLD


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print them."""
    for title, lines in _TOLD.items():
        terminalreporter.section(title)
        terminalreporter.line("\n".join(lines))
