"""Budgets as people read them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from groundwork.review.fit import accounted, budgets, fits

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = "prod-us-east-2"
SERVER = f"{CLUSTER}/vllm/ai-inference/Deployment.qwen3-4b.yaml"


@pytest.fixture
def tight(tmp_path: Path) -> Path:
    """A copy of a cluster whose small model is started with four times the context."""
    shutil.copytree(ROOT / "generated" / CLUSTER, tmp_path / CLUSTER)
    file = tmp_path / SERVER
    file.write_text(file.read_text().replace("--max-model-len=16384", "--max-model-len=40960"))
    return tmp_path


def rows(lines: list[str]) -> dict[str, list[str]]:
    """The cells of a table by the label of their line."""
    return {
        label.strip(): cells.split() for label, _, cells in (line.partition("  ") for line in map(str.strip, lines))
    }


def test_a_column_per_server_and_a_line_per_part() -> None:
    """The parts of what vLLM takes add up to it; a group of pods is told once."""
    found = accounted(ROOT / "generated", intent=ROOT, clusters=[CLUSTER])

    table = rows([line for name, accounts in found.items() for line in budgets(name, accounts)])

    assert table[CLUSTER] == ["glm-5-fp8", "qwen3-4b", "glm-46"]
    assert [len(table[label]) for label in ("memory of one", "weights", "KV cache", "left")] == [3, 3, 3, 3]
    parts = ("weights", "activations", "libraries", "CUDA graphs", "KV cache")
    assert sum(float(table[part][2]) for part in parts) == pytest.approx(float(table["the engine takes"][2]), abs=0.05)
    assert fits(found.values())


def test_one_model_in_every_cluster_that_serves_it() -> None:
    """And a word about the others where there is none of that name."""
    found = accounted(ROOT / "generated", intent=ROOT, model="qwen3-4b")

    assert [*found] == ["dev-us-east-1", "prod-us-east-1", CLUSTER]
    assert [one.server.name for accounts in found.values() for one in accounts] == ["qwen3-4b"] * 3
    with pytest.raises(LookupError, match="no server of generated/ serves 'gpt'; there are arctic-embed-s"):
        accounted(ROOT / "generated", intent=ROOT, model="gpt")


def test_what_does_not_fit_stands_below_the_table(tight: Path) -> None:
    """With the rule and the way out."""
    found = accounted(tight, intent=ROOT, model="qwen3-4b")

    told = " ".join(line.strip() for line in budgets(CLUSTER, found[CLUSTER]))

    assert "error[fit/concurrency]: qwen3-4b: 4 requests of 40960 tokens take 22.5 GiB" in told
    assert "`hardware: {gpu: l40s, count: 1}`" in told
    assert not fits(found.values())


def test_without_declarations_it_says_what_is_missing() -> None:
    """Instead of figures."""
    found = accounted(ROOT / "generated", intent=None, clusters=[CLUSTER], model="glm-5-fp8")

    assert any("no model is declared" in line for line in budgets(CLUSTER, found[CLUSTER]))


def test_many_servers_are_told_in_tables_of_equal_width() -> None:
    """Six stand three and three, not five and one."""
    found = accounted(ROOT / "generated", intent=ROOT, clusters=["prod-us-east-1"])

    headings = [
        line for line in budgets("prod-us-east-1", found["prod-us-east-1"]) if line.startswith("prod-us-east-1")
    ]

    assert [len(line.split()) - 1 for line in headings] == [3, 3]
