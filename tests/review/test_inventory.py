"""What the tree holds: a line per component, with what it rests on that nobody has checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundwork.catalog import chart_facts, operator_facts
from groundwork.review.inventory import inventory
from tests.review.shop import write

APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: agents, namespace: argocd}
spec: {source: {chart: kagent, targetRevision: 1.2.3}, destination: {namespace: agents}}
"""
AGENT = (
    "{apiVersion: kagent.dev/v1alpha2, kind: Agent, metadata: {name: a, namespace: agents}, spec: {type: Declarative}}"
)


def lines(folder: Path) -> dict[str, list[str]]:
    """The words of each line, by its first."""
    return {words[0]: words[1:] for words in (line.split() for line in inventory(folder).splitlines())}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tree of one component, which installs a chart and has the chart's operator make something."""
    write(tmp_path, "dev/argocd/argocd/Application.argoproj.agents.yaml", APPLICATION)
    write(tmp_path, "dev/agents/agents/Agent.kagent.a.yaml", AGENT)
    return tmp_path


def test_a_component_has_its_objects_its_charts_and_their_versions(folder: Path) -> None:
    """The version is that of the Application."""
    assert lines(folder)["agents"][:3] == ["1", "kagent", "1.2.3"]


def test_what_nobody_has_checked_is_counted_for_who_rests_on_it(folder: Path) -> None:
    """Statements about a chart, and about what its operator makes of a resource; twice the resource is still one statement."""
    write(folder, "dev/agents/agents/Agent.kagent.b.yaml", AGENT.replace("name: a,", "name: b,"))
    chart = chart_facts.facts("kagent")
    operators = [made for made in operator_facts.kinds()["Agent.kagent.dev"] if made.trust == "assumed"]

    counted = int(lines(folder)["agents"][-1])

    assert counted == chart.assumed + len(operators) > 0
    assert int(lines(folder)["total"][-1]) == counted
