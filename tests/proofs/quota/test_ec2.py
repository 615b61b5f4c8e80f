"""EC2's quotas against the machines of all clusters of an account and region."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from groundwork.findings import Finding, Severity
from groundwork.proofs.intent import Account, Intent
from groundwork.proofs.quota import ec2
from groundwork.proofs.world import World
from groundwork.tree.manifest import Identity, Manifest, path_of
from groundwork.tree.reader import Tree
from tests.proofs.conftest import ROOT
from tests.proofs.quota.small import cluster_config, deployment, node_pool, obj

FAMILY = {"arch": ["amd64"], "instance_family": ["m7i"], "instance_size": ["4xlarge"]}
PODS = deployment(replicas=3, surge=0, requests={"cpu": "9"})
KUEUE = "kueue.x-k8s.io/v1beta2"
GROUP = {"instanceTypes": ["m7g.large"], "maxSize": 4}


def pool(*capacity_types: str) -> dict[str, Any]:
    """Machines of 16 cores."""
    return node_pool("general", {"cpu": "999"}, capacity_type=[*capacity_types], **FAMILY)


def clusters(accounts: dict[str, Account], *bodies: dict[str, Any]) -> list[World]:
    """Clusters that hold the same objects."""
    manifests = [
        Manifest(cluster, "test", PurePosixPath(cluster) / path_of(Identity.of(body), "test"), body)
        for cluster in accounts
        for body in bodies
    ]
    tree, intent = Tree(ROOT / "generated", manifests), Intent(accounts=accounts)
    return [World(tree, cluster, intent) for cluster in accounts]


def account(region: str = "us-east-1", **quotas: int) -> Account:
    """An account; underscores in names of quotas stand for dashes."""
    return Account(
        number="1", region=region, quotas={name.replace("_", "-"): amount for name, amount in quotas.items()}
    )


def check(accounts: dict[str, Account], *bodies: dict[str, Any]) -> list[Finding]:
    """What EC2 would refuse."""
    return list(ec2.check(clusters(accounts, cluster_config(), PODS, *bodies)))


def test_the_machines_of_the_peak_must_be_granted() -> None:
    """Three machines of sixteen vCPUs."""
    assert check({"a": account(standard_on_demand=48)}, pool("on-demand")) == []
    (finding,) = check({"a": account(standard_on_demand=47)}, pool("on-demand"))

    assert finding.rule == "quota/ec2"
    assert finding.subject is not None
    assert (finding.subject.kind, finding.subject.name) == ("NodePool", "general")
    assert finding.problem == (
        "AWS has granted 47 of Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances in us-east-1; at the peak 48 are "
        "asked for, 1 too much"
    )
    assert "`quotas: {standard-on-demand: 48}`" in finding.fix


def test_clusters_of_one_account_and_region_share_a_quota() -> None:
    """Each alone would fit; one of them need say it."""
    (finding,) = check({"a": account(standard_on_demand=50), "b": account()}, pool("on-demand"))

    assert finding.counterexample == "a: NodePool general 48; b: NodePool general 48"


def test_clusters_elsewhere_have_quotas_of_their_own() -> None:
    """Another region is another quota."""
    elsewhere = account("us-east-2", standard_on_demand=48)

    assert check({"a": account(standard_on_demand=48), "b": elsewhere}, pool("on-demand")) == []


def test_a_pool_that_may_buy_spot_counts_towards_both() -> None:
    """It may come to use only one of them."""
    found = check({"a": account(standard_on_demand=48, standard_spot=16)}, pool("on-demand", "spot"))

    assert [one.fix.partition("{")[2].partition("}")[0] for one in found] == ["standard-spot: 48"]


def test_node_groups_and_nat_gateways_count_too() -> None:
    """At their largest; an address for each gateway."""
    config = cluster_config(
        managedNodeGroups=[GROUP], availabilityZones=["a", "b", "c"], vpc={"nat": {"gateway": "HighlyAvailable"}}
    )

    found = list(ec2.check(clusters({"a": account(standard_on_demand=7, elastic_ips=2)}, config)))

    assert [one.counterexample for one in found] == ["a: managed node groups 8", "a: NAT gateways 3"]


def test_jobs_count_beyond_what_machines_have_left() -> None:
    """27 of 48 cores are asked for; a queue of 31 cores needs ten more."""
    resources = [{"name": "cpu", "nominalQuota": "31"}]
    group = {"coveredResources": ["cpu"], "flavors": [{"name": "general", "resources": resources}]}
    queue = obj("ClusterQueue", "jobs", api=KUEUE, namespace=None, spec={"resourceGroups": [group]})
    flavor = obj("ResourceFlavor", "general", api=KUEUE, namespace=None, spec={})

    (finding,) = check({"a": account(standard_on_demand=57)}, pool("on-demand"), queue, flavor)

    assert finding.counterexample == "a: NodePool general 48; a: jobs on NodePool general 10"


def test_a_quota_that_nobody_declared_is_undecided_once() -> None:
    """With what the peak would need of it."""
    (finding,) = check({"a": account(), "b": account()}, pool("on-demand", "spot"))

    assert (finding.rule, finding.severity) == ("quota/ec2-undeclared", Severity.UNDECIDED)
    assert finding.problem == "nobody has said what AWS grants a and b of standard-on-demand, standard-spot"
    assert finding.fix.endswith("the peak needs {standard-on-demand: 96, standard-spot: 96}.")


def test_without_declarations_it_is_undecided_too() -> None:
    """A tree alone does not say whose it is."""
    (world,) = clusters({"a": account()}, cluster_config(), PODS, pool("on-demand"))
    world.intent = None

    assert [one.rule for one in ec2.check([world])] == ["quota/ec2-undeclared"]


def test_what_the_committed_clusters_need_is_granted(tree: Tree, intent: Intent) -> None:
    """All three, two of which share an account and region."""
    worlds = [World(tree, cluster, intent) for cluster in tree.clusters]

    assert list(ec2.check(worlds)) == []
    assert len(ec2.budgets(worlds)) == 11
    assert {one.source.cluster for one in ec2.budgets(worlds, ["prod-us-east-2"])} == {"prod-us-east-2"}
