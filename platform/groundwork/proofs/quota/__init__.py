"""Quota: at its peak a cluster stays within every limit that somebody has set.

At the peak every autoscaler is at its most, every Deployment is in the middle of a rollout (a change of channel rolls everything
at once), every Job runs, and Kueue's queues have admitted what they may. `namespaces` holds that against ResourceQuotas, `jobs`
holds Kueue's promises against these and against NodePools, `pools` holds machines against NodePools' limits, and `ec2` against what
AWS has granted; `limit_ranges` looks at single pods. `usage`, `objects` and `kueue` say what counts for how much.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from groundwork.findings import Finding
from groundwork.proofs.quota import ec2, jobs, limit_ranges, namespaces, pools
from groundwork.proofs.quota.budget import Budget
from groundwork.proofs.world import World

__all__ = ["Budget", "budgets", "check"]


def check(worlds: Sequence[World]) -> Iterator[Finding]:
    """Everything that would be refused, or wait for ever, at the peak."""
    for world in worlds:
        yield from namespaces.check(world)
        yield from limit_ranges.check(world)
        yield from jobs.check(world)
        yield from pools.check(world)
    yield from ec2.check(worlds)


def budgets(world: World) -> list[Budget]:
    """Every limit within a cluster, with who asks for it; those of its account are `ec2.budgets`."""
    return [*namespaces.budgets(world), *jobs.budgets(world), *pools.budgets(world)]
