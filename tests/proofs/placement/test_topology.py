"""What pods want of each other: to be spread, near or apart, as Karpenter counts it."""

from __future__ import annotations

from collections import Counter

from tests.proofs.placement.cases import (
    HOST,
    NODE_AFFINITY,
    ZONE,
    ZONES,
    apart,
    fleet,
    need,
    pod,
    pool,
    pool_of,
    spread,
    why_not,
)


def test_replicas_that_keep_apart_get_a_node_each() -> None:
    """There can always be one more node, but not one more zone."""
    by_host = [pod(affinity=apart(HOST))] * 4
    by_zone = [pod(affinity=apart(ZONE), nodeSelector={})] * 4

    assert 4 == len({one.node for one in fleet(pool("p")).place_all(by_host)})
    zoned = [fleet(*(pool(zone, need(ZONE, zone)) for zone in ZONES)).place_all(by_zone)][0]
    assert 1 == sum(one.pool is None for one in zoned)
    assert "unsatisfiable topology constraint for pod anti-affinity" in next(
        why_not(one) for one in zoned if not one.pool
    )


def test_anti_affinity_sees_no_zone_behind_a_taint_that_only_asks() -> None:
    """Giving up the taint comes too late: Karpenter has looked for zones before. A pool without taint, or a toleration, helps."""
    asking = pool("asking", taints=["quiet:PreferNoSchedule"])
    lonely = pod(affinity=apart(ZONE))
    assert "pod anti-affinity" in why_not(fleet(asking).place(lonely))
    assert fleet(asking, pool("plain")).place(lonely).pool
    assert fleet(asking).place(pod(affinity=apart(ZONE), tolerations=[{"key": "quiet", "operator": "Exists"}])).pool


def test_who_keeps_others_away_does_so_though_they_do_not_mind() -> None:
    """Anti-affinity works both ways."""
    hermit = pod("hermit", asks={"cpu": "2"}, affinity=apart(HOST, app="web"))
    verdicts = fleet(pool("p")).place_all([hermit, pod()])
    assert 2 == len({one.node for one in verdicts})


def test_pods_that_want_to_be_near_go_where_the_others_are() -> None:
    """Whichever comes first in the batch; alone there is nobody to be near to."""
    seeker = pod("seeker", asks={"cpu": "3"}, affinity=apart(ZONE, app="web", kind="podAffinity"))
    there = fleet(pool("p"))
    assert "unsatisfiable topology constraint for pod affinity" in why_not(there.place(seeker))
    together = there.place_all([seeker, pod(nodeSelector={ZONE: ZONES[1]})])
    assert [[ZONES[1]], [ZONES[1]]] == [one.zones for one in together]


def test_the_first_of_those_that_want_to_be_near_each_other_may_choose() -> None:
    """As groups of a model over several nodes do."""
    member = pod(asks={"cpu": "3"}, affinity=apart(ZONE, kind="podAffinity"))
    verdicts = fleet(pool("p"), types=["m6i.xlarge"]).place_all([member, member])
    assert 2 == len({one.node for one in verdicts})
    assert 1 == len({tuple(one.zones) for one in verdicts})


def test_a_spread_over_zones_is_kept() -> None:
    """No zone has two more than another."""
    verdicts = fleet(pool("p")).place_all([pod(topologySpreadConstraints=[spread(ZONE)])] * 6)
    zones = [one.zones[0] for one in verdicts]
    assert dict.fromkeys(ZONES, 2) == {zone: zones.count(zone) for zone in ZONES}


def test_a_spread_over_more_zones_than_there_are_leaves_pods_behind() -> None:
    """MinDomains counts missing zones as empty."""
    wide = pod(topologySpreadConstraints=[spread(ZONE, minDomains=4)])
    verdicts = fleet(pool("p")).place_all([wide] * 4)
    assert 1 == sum(one.pool is None for one in verdicts)
    assert "topology spread" in next(why_not(one) for one in verdicts if one.pool is None)


def test_a_pod_that_has_given_up_a_wish_is_counted_anew() -> None:
    """Karpenter knows a spread by where its pods may go: the second term of affinity begins with empty zones."""
    terms = [{"matchExpressions": [need("team", team)]} for team in ("nobody", "blue")]
    affinity = {"nodeAffinity": {NODE_AFFINITY: {"nodeSelectorTerms": terms}}}
    blue = pool("p", need(ZONE, ZONES[0]), labels={"team": "blue"})
    linux = {"team": "blue", "kubernetes.io/os": "linux"}
    strict = pod(topologySpreadConstraints=[spread(ZONE, minDomains=2)], nodeSelector=linux)
    relaxed = pod(topologySpreadConstraints=[spread(ZONE, minDomains=2)], affinity=affinity)

    assert ["p", ""] == [pool_of(one) for one in fleet(blue).place_all([strict] * 2)]
    assert ["p", "p"] == [pool_of(one) for one in fleet(blue).place_all([strict, relaxed])]


def test_near_one_and_apart_from_another() -> None:
    """Who may choose a zone freely chooses one that is left."""
    other = pod("other", asks={"cpu": "3"}, nodeSelector={ZONE: ZONES[0]})
    picky = pod(affinity={**apart(ZONE, kind="podAffinity"), **apart(ZONE, app="other")})
    verdicts = fleet(pool("p")).place_all([other, picky])
    assert [[ZONES[0]], [ZONES[1]]] == [one.zones for one in verdicts]


def test_a_spread_over_capacity_types_counts_those_that_are_sold() -> None:
    """Without reservations there are two."""
    paid = "karpenter.sh/capacity-type"
    pods = [pod(topologySpreadConstraints=[spread(paid)])] * 4
    verdicts = fleet(pool("p")).place_all(pods)
    assert {"on-demand": 2, "spot": 2} == Counter(one.capacity_types[0] for one in verdicts)


def test_a_soft_spread_gives_way() -> None:
    """ScheduleAnyway."""
    soft = pod(topologySpreadConstraints=[spread(ZONE, when="ScheduleAnyway", minDomains=4)])
    assert all(one.pool for one in fleet(pool("p")).place_all([soft] * 4))


def test_a_spread_by_a_label_that_no_pool_has_is_never_satisfied() -> None:
    """There is no domain to be in."""
    racked = pod(topologySpreadConstraints=[spread("example.com/rack")])
    assert "topology spread, key=example.com/rack" in why_not(fleet(pool("p")).place(racked))
    assert "p" == pool_of(fleet(pool("p", labels={"example.com/rack": "1"})).place(racked))
