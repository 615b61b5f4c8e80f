"""EC2's quotas: what AWS has granted an account in a region, against the machines that all its clusters there buy at their peak.

The machines are those that Karpenter chooses when everything wants to run at once; bought one by one they are smaller. A pool that
may buy on demand and on the spot market may come to use only one of them, so it counts towards both.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundwork.catalog.ec2_quotas import ELASTIC_IPS, Quota, by_short_name, of_family, of_instance_type
from groundwork.catalog.instances import InstanceType, instance_types
from groundwork.findings import Finding, Rule, Severity
from groundwork.proofs.fields import Pointer, entries, number, text, texts
from groundwork.proofs.intent import Account
from groundwork.proofs.placement.pools import Pool
from groundwork.proofs.quota.budget import Budget, Share, amount_text
from groundwork.proofs.quota.kueue import pools_of, queues
from groundwork.proofs.quota.pools import machines, pools
from groundwork.proofs.world import World, noted
from groundwork.tree.manifest import Manifest

__all__ = ["RULES", "budgets", "check", "of_cluster_config"]

RULES = (
    TOO_LOW := Rule(
        id="quota/ec2",
        title="AWS has granted what all clusters of an account and region need at once",
        why="EC2 refuses the machine (VcpuLimitExceeded), and the pods that it was for stay pending.",
        fix="Ask AWS for more and write what it grants into clusters/<name>.yaml, or let less run.",
        explanation="""\
EC2 counts the vCPUs that run at once in a region, by kind of machine, on demand and spot apart; a new account has none for
accelerators, and a raise takes days. What was granted stands under `quotas` in the clusters of that account and region, which share
it. Asked for are the machines of the peak: every autoscaler at its most, every rollout at once, jobs up to their queues' quotas,
managed node groups at their largest. `groundwork preflight` asks the account itself, for what the pools' limits allow.

Bad:    quotas: {g-on-demand: 64}       # at the peak two machines of 48 vCPUs each
Good:   quotas: {g-on-demand: 96}""",
    ),
    UNDECLARED := Rule(
        id="quota/ec2-undeclared",
        title="Somebody has said what AWS grants",
        why="Nobody knows whether EC2 will sell the machines that the peak needs.",
        fix="Write what AWS has granted as `quotas` into clusters/<name>.yaml: `groundwork preflight` asks the account.",
        severity=Severity.UNDECIDED,
        explanation="""\
Quotas belong to an account in a region. They stand in any of the clusters there; those that say the same quota agree.

Bad:    (nothing)
Good:   quotas: {standard-on-demand: 256, g-on-demand: 96}""",
    ),
)

# What counts as on demand, in Karpenter's words, and what as spot.
_PAID = {"on-demand": ("on-demand", "reserved"), "spot": ("spot",)}


@dataclass(frozen=True, kw_only=True)
class _Claim:
    """What something in a cluster wants of a quota; `source` and `at` are where it could want less."""

    quota: str
    share: Share
    source: Manifest
    at: Pointer


def check(worlds: Sequence[World]) -> Iterator[Finding]:
    """What EC2 would refuse, for all clusters of an account and region together."""
    for together in _neighbours(worlds):
        for one in _budgets(together):
            if one.over:
                needed = one.text(one.peak)
                problem = (
                    f"AWS has granted {one.text(one.limit)} of {one.title}; at the peak {needed} are asked for, "
                    f"{one.text(one.over)} too much"
                )
                fix = f"Have AWS grant {needed} and write `quotas: {{{one.resource}: {needed}}}`, or let less run at once."
                yield one.source.breaks(TOO_LOW, problem, one.at, fix=fix, counterexample=one.askers())
        yield from _undeclared(together)


def budgets(worlds: Sequence[World], clusters: Sequence[str] | None = None) -> list[Budget]:
    """Every quota that somebody has said, with who asks for it; only those that the named clusters have a share in."""
    return [
        one
        for together in _neighbours(worlds)
        if clusters is None or any(world.cluster in clusters for world in together)
        for one in _budgets(together)
    ]


def of_cluster_config(config: Manifest) -> Counter[Quota]:
    """What eksctl itself uses: the vCPUs of managed node groups at their largest, and an address for each NAT gateway."""
    sums: Counter[Quota] = Counter()
    for _, group in entries(config.body, "managedNodeGroups"):
        for _, name in texts(group, "instanceTypes")[:1]:
            if name in instance_types():
                sums.update(of_instance_type(name, number(group, "maxSize") or 0))
    gateways = {"HighlyAvailable": len(texts(config.body, "availabilityZones")), "Single": 1}
    sums[ELASTIC_IPS] += gateways.get(text(config.body, "vpc", "nat", "gateway"), 0)
    return sums


def _neighbours(worlds: Sequence[World]) -> list[list[World]]:
    """The clusters by account and region. Without declarations nobody knows whose they are: each is alone."""
    found: dict[tuple[str, ...], list[World]] = defaultdict(list)
    for world in worlds:
        account = _account(world)
        found[(account.number, account.region) if account else ("", world.cluster)].append(world)
    return list(found.values())


def _account(world: World) -> Account | None:
    return world.intent.accounts.get(world.cluster) if world.intent else None


def _granted(together: Sequence[World]) -> Mapping[str, int]:
    """What any of them says; the loader has made sure that they agree."""
    accounts = [account for world in together if (account := _account(world))]
    return {name: amount for account in accounts for name, amount in account.quotas.items()}


def _budgets(together: Sequence[World]) -> Iterator[Budget]:
    asked = _asked(together)
    for name, amount in _granted(together).items():
        claims = asked.get(name, [])
        if claims and name in by_short_name():
            largest = max(claims, key=lambda one: one.share.amount)
            where = ", ".join(one.region for world in together[:1] if (one := _account(world)))
            title = f"{by_short_name()[name].name} in {where}"
            shares = [one.share for one in claims]
            yield Budget.of(title, name, shares, limit=amount * 1000, source=largest.source, at=largest.at)


def _undeclared(together: Sequence[World]) -> Iterator[Finding]:
    granted, asked = _granted(together), _asked(together)
    missing = {name: sum(one.share.amount for one in claims) for name, claims in asked.items() if name not in granted}
    if missing:
        needed = ", ".join(f"{name}: {amount_text(name, amount)}" for name, amount in missing.items())
        whose = " and ".join(world.cluster for world in together)
        source = next(iter(asked.values()))[0].source
        fix = f"Write what AWS has granted as `quotas` into clusters/{together[0].cluster}.yaml; the peak needs {{{needed}}}."
        yield source.breaks(UNDECLARED, f"nobody has said what AWS grants {whose} of {', '.join(missing)}", fix=fix)


def _asked(together: Sequence[World]) -> Mapping[str, list[_Claim]]:
    """The claims on each quota, in the quotas' order."""
    claims = [one for world in together for one in _claims(world) if one.share.amount]
    return {name: found for name in by_short_name() if (found := [one for one in claims if one.quota == name])}


@noted
def _claims(world: World) -> list[_Claim]:
    return [*_of_config(world), *_of_pools(world), *_of_jobs(world)]


def _of_config(world: World) -> Iterator[_Claim]:
    shorts = {quota: name for name, quota in by_short_name().items()}
    for config in world.objects("ClusterConfig", "eksctl.io"):
        for quota, amount in of_cluster_config(config).items():
            what = "NAT gateways" if quota == ELASTIC_IPS else "managed node groups"
            share = Share(who=f"{world.cluster}: {what}", each=amount * 1000)
            yield _Claim(quota=shorts[quota], share=share, source=config, at=())


def _of_pools(world: World) -> Iterator[_Claim]:
    """The machines of the peak that limits allow."""
    bought = [one for one in machines(world) if one.allowed and not one.pool.fixed]
    for name in dict.fromkeys(one.pool.name for one in bought):
        vcpus: Counter[str] = Counter()
        for one in bought:
            if one.pool.name == name:
                vcpus.update(dict.fromkeys(_quotas(one.pool, one.type), one.type.vcpu * 1000))
        yield from _wanted(world, name, f"NodePool {name}", vcpus)


def _of_jobs(world: World) -> Iterator[_Claim]:
    """What queues may admit beyond what stays unused on those machines, on the smallest machines that have it."""
    for flavor, resource in dict.fromkeys(key for queue in queues(world).values() for key in queue.nominal):
        names = [pool.name for pool in pools_of(world, flavor)]
        wanted = sum(queue.nominal.get((flavor, resource), 0) for queue in queues(world).values())
        wanted -= sum(one.unused(resource) for one in machines(world) if one.pool.name in names)
        pool = next((one for one in pools(world) if one.name in names), None)
        # Memory comes with cores.
        if pool is not None and wanted > 0 and resource != "memory":
            vcpus, machine = _vcpus(pool, resource, wanted)
            found = dict.fromkeys(_quotas(pool, machine), vcpus) if machine else {}
            yield from _wanted(world, pool.name, f"jobs on NodePool {pool.name}", found)


def _vcpus(pool: Pool, resource: str, wanted: int) -> tuple[int, InstanceType | None]:
    """The fewest vCPUs (in thousandths, but whole ones) with which a pool's machines have so much, and such a machine."""
    having = [(one, has) for one in pool.types(pool.options) if (has := pool.kind.capacity(one).get(resource))]
    return min(
        ((-(-wanted * one.vcpu // has) * 1000, one) for one, has in having),
        key=lambda found: found[0],
        default=(0, None),
    )


def _wanted(world: World, pool: str, what: str, vcpus: Mapping[str, int]) -> Iterator[_Claim]:
    source = world.find("NodePool", pool, group="karpenter.sh")
    at: Pointer = ("spec", "limits") if source else ("autoModeConfig", "nodePools")
    source = source or next(iter(world.objects("ClusterConfig", "eksctl.io")))
    for quota, amount in vcpus.items():
        yield _Claim(quota=quota, share=Share(who=f"{world.cluster}: {what}", each=amount), source=source, at=at)


def _quotas(pool: Pool, type_: InstanceType) -> list[str]:
    """The quotas that a machine may count towards, by how its pool may pay for it."""
    shorts = {quota: name for name, quota in by_short_name().items()}
    ways = pool.capacity_types(pool.requirements)
    kinds = {"on-demand": False, "spot": True}
    return [
        shorts[of_family(type_.family, spot=spot)]
        for kind, spot in kinds.items()
        if any(way in ways for way in _PAID[kind])
    ]
