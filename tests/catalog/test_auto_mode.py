"""What EKS Auto Mode brings along."""

from __future__ import annotations

from groundwork.catalog.auto_mode import built_in_pools


def test_the_built_in_pools_are_those_that_eksctl_may_name() -> None:
    """`autoModeConfig.nodePools`; only one of them keeps pods away."""
    pools = {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in built_in_pools()}
    assert {"general-purpose", "system"} == {*pools}
    assert [{"key": "CriticalAddonsOnly", "effect": "NoSchedule"}] == pools["system"]["taints"]
    assert "taints" not in pools["general-purpose"]
