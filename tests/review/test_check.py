"""Judging a tree: the committed one passes, and every way of spoiling it is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from groundwork.findings import Severity
from groundwork.review.check import judge, kubernetes_versions
from groundwork.tree.reader import read_tree

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = "dev-us-east-1"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of one cluster of the committed tree."""
    folder = tmp_path / "generated"
    shutil.copytree(ROOT / "generated" / CLUSTER, folder / CLUSTER)
    return folder


def test_the_committed_tree_is_what_an_api_server_accepts() -> None:
    """Every object of the reference fleet passes every proof."""
    verdict = judge(ROOT / "generated")

    assert [str(finding) for finding in verdict.findings] == []
    assert verdict.objects > 800
    assert verdict.exit_code(strict=True) == 0


def test_the_kubernetes_version_comes_from_the_trees_own_bootstrap() -> None:
    """A tree can be judged without the declarations that made it."""
    assert kubernetes_versions(read_tree(ROOT / "generated"))[CLUSTER] == "1.35"


def test_an_error_makes_the_exit_code_1(tree: Path) -> None:
    """A misspelt field is found, with the object's file and rule."""
    file = tree / CLUSTER / "litellm/ai-gateway/Deployment.litellm.yaml"
    file.write_text(file.read_text().replace("serviceAccountName:", "serviceAcountName:"))

    verdict = judge(tree)

    assert verdict.exit_code(strict=False) == 1
    assert {(finding.rule, finding.path) for finding in verdict.findings} == {
        ("schema/unknown-field", f"generated/{CLUSTER}/litellm/ai-gateway/Deployment.litellm.yaml")
    }


def test_without_a_version_the_verdict_is_undecided_not_silent(tree: Path) -> None:
    """What cannot be judged is said once, and counts when strict."""
    shutil.rmtree(tree / CLUSTER / "bootstrap")

    verdict = judge(tree)

    assert verdict.count(Severity.ERROR) == 0
    assert verdict.count(Severity.UNDECIDED) >= 1
    assert (verdict.exit_code(strict=False), verdict.exit_code(strict=True)) == (0, 1)


def test_production_lists_placeholders_and_pins(tree: Path) -> None:
    """What AWS has not chosen and nobody has pinned is listed, place by place."""
    rules = {finding.rule for finding in judge(tree, production=True).findings}

    assert rules == {"pins/placeholder", "pins/weights", "pins/image"}
