"""What `groundwork quota` prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundwork.proofs.world import World
from groundwork.review.quota import kept, table, weighed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found() -> list[World]:
    """The committed clusters."""
    return weighed(ROOT / "generated", ROOT)


def test_every_limit_has_a_line_with_its_peak_and_who_asks_for_most(found: list[World]) -> None:
    """In words that a reader of the manifests knows."""
    lines = list(table(found))

    (gpus,) = (one for one in lines if one.split()[:1] == ["requests.aws.amazon.com/neuron"])
    assert gpus.split() == ["requests.aws.amazon.com/neuron", "2", "2", "100", "%", "Deployment", "llama31-8b", "2"]
    assert sum(one.startswith("the NodePool ") for one in lines) == len(
        {one for one in lines if "the NodePool " in one}
    )


def test_a_cluster_is_shown_with_the_quotas_that_it_shares(found: list[World]) -> None:
    """Another cluster of the account asks for the larger part of them."""
    lines = list(table(found, ["dev-us-east-1"]))

    assert not any(one.startswith("prod-us-east-1") for one in lines)
    (shared,) = (one for one in lines if one.startswith("Running On-Demand G and VT instances in us-east-1"))
    assert "prod-us-east-1: NodePool gpu-l4" in shared
    assert not any("us-east-2" in one for one in lines)


def test_the_committed_tree_keeps_within_its_limits(found: list[World]) -> None:
    """As `groundwork check` says."""
    assert kept(found)
