"""What has to be there before bootstrap begins."""

from __future__ import annotations

import re

from tests.argocd.delivered import Delivered


def test_quotas_cover_what_the_node_pools_may_buy(karpenter: Delivered) -> None:
    """H200 machines count as P, L4 as G."""
    page = karpenter.document("bootstrap.md")
    rows = dict(re.findall(r"\| (.+?) \| L-\w+ \| (\d+) \|", page))
    limits = [int(pool["spec"]["limits"]["cpu"]) for pool in karpenter.of_kind("NodePool")]

    assert {"Running On-Demand G and VT instances", "Running On-Demand P instances"} <= {*rows}
    assert sum(int(cpu) for quota, cpu in rows.items() if "Spot" not in quota) == sum(limits)
