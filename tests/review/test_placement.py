"""Placement for people: tables that fit a terminal's columns, and reasons in Karpenter's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundwork.proofs.world import World
from groundwork.review.placement import placed, reasons, settled, table

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def clusters() -> list[World]:
    """Two committed clusters: on Auto Mode, and with a node group."""
    return placed(ROOT / "generated", ["prod-us-east-1", "prod-us-east-2"])


@pytest.fixture(scope="module")
def auto(clusters: list[World]) -> World:
    """The one on Auto Mode."""
    return clusters[0]


def test_a_pod_has_a_line_with_pool_machine_and_price(auto: World) -> None:
    """In columns."""
    lines = list(table(auto))
    heading, model = lines[0], next(line for line in lines if "qwen3-14b " in line)
    assert heading.startswith("prod-us-east-1 ")
    assert ["Deployment", "ai-inference/qwen3-14b", "2-6", "gpu-l4", "g6.12xlarge", "4.602"] == [
        word for at, word in enumerate(model.split()) if at in (0, 1, 2, 9, 10, 11)
    ]
    assert model.index("gpu-l4") == heading.index("pool")
    assert len({len(line) for line in lines if line.endswith(("0.068", "$/h"))}) <= 2


def test_assumed_requests_are_marked(auto: World) -> None:
    """And only these."""
    lines = list(table(auto))
    assert any(line.startswith("Deployment tenant-team-a/customer-support*") for line in lines)
    assert any(line.startswith("Deployment ai-gateway/litellm ") for line in lines)


def test_pools_are_summed_up(clusters: list[World]) -> None:
    """For the fewest and the most pods, with what stands on each machine before them."""
    lines = list(table(clusters[1]))
    rows = {line.split()[0]: line for line in lines[lines.index("") + 1 :]}
    assert "3 nodes" in rows["system"]
    assert rows["system"].split()[-4:] == ["3", "0.245", "3", "0.245"]
    fewest, most = rows["gpu-h200"].split()[-4:-2], rows["gpu-h200"].split()[-2:]
    assert (["1", "63.296"], ["2", "126.592"]) == (fewest, most)
    total = [float(rows[name].split()[-3]) for name in rows if name not in ("pool", "total")]
    assert float(rows["total"].split()[-3]) == pytest.approx(sum(total), abs=0.01)


def test_one_pool_alone(auto: World) -> None:
    """Only what can run there; a pool that is not there is an error that names those that are."""
    lines = list(table(auto, "gpu-l40s"))
    assert ["qwen25-vl-7b"] == [line.split()[1].partition("/")[2] for line in lines[1 : lines.index("")]]
    assert not any(line.startswith("total") for line in lines)
    with pytest.raises(LookupError, match=r"prod-us-east-1 has no pool 'gpu-l5'; there are general-amd64, "):
        list(table(auto, "gpu-l5"))


def test_every_pool_says_why(auto: World) -> None:
    """Of the pod of that name; the words are Karpenter's."""
    told = list(reasons([auto], "qwen3-14b"))
    assert "prod-us-east-1: Deployment ai-inference/qwen3-14b, 16 cpu, 42Gi memory, 4 gpu" == told[0]
    assert "  gpu-l4: takes it on g6.12xlarge, 4.602 $/h and 2 more types" in told
    assert "  system: did not tolerate taint (taint=CriticalAddonsOnly:NoSchedule)" in told
    assert any("key groundwork.dev/accelerator, groundwork.dev/accelerator In [l4] not in" in line for line in told)


def test_part_of_a_name_will_do(clusters: list[World]) -> None:
    """Where nobody has all of it; where nobody has any of it, that is said."""
    heads = [line for line in reasons(clusters, "arctic-embed") if line.startswith("prod")]
    assert len(heads) >= 2
    with pytest.raises(LookupError, match="no pod is called 'gpt'"):
        list(reasons(clusters, "gpt"))


def test_the_committed_tree_is_settled(clusters: list[World]) -> None:
    """Every pod has a pool."""
    assert settled(clusters)
