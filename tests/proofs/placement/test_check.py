"""Placement's rules: what each finds, where, and what it lets pass."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from groundwork.findings import Finding, Severity
from groundwork.proofs.placement.check import check
from groundwork.proofs.world import worlds
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree
from tests.proofs.placement.cases import apart, need, node_class, pool
from tests.proofs.placement.test_homes import CONFIG, GENERAL, WorldOf, workload

FAMILY = "karpenter.k8s.aws/instance-family"
GPU_TAINT = "nvidia.com/gpu=true:NoSchedule"
TOLERATES: dict[str, Any] = {"tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]}
L4 = pool("gpu-l4", need(FAMILY, "g6"), labels={"accelerator": "l4"}, taints=[GPU_TAINT])
ON_L4: dict[str, Any] = {"nodeSelector": {"accelerator": "l4"}, **TOLERATES}


@pytest.fixture
def found(world_of: WorldOf) -> Callable[..., list[Finding]]:
    """What is found in a cluster of these objects, a general pool and a node class."""

    def find(*bodies: dict[str, Any], config: dict[str, Any] = CONFIG, general: bool = True) -> list[Finding]:
        always = [config, node_class(), workload("web")] + ([GENERAL] if general else [])
        return list(check(world_of(*always, *bodies)))

    return find


Found = Callable[..., list[Finding]]


def rules(findings: list[Finding]) -> list[str]:
    """Their ids."""
    return [one.rule for one in findings]


def test_the_committed_tree_passes(tree: Tree) -> None:
    """Every pod lands, every pool is of use."""
    assert [] == [str(finding) for world in worlds(tree) for finding in check(world)]


def test_pods_that_fit_and_pools_that_are_used_pass(found: Found) -> None:
    """With a model on its pool, beside the general one."""
    assert [] == found(L4, workload("model", asks={"nvidia.com/gpu": "8"}, **ON_L4))


def test_more_gpus_than_the_largest_machine_has(found: Found) -> None:
    """At the container's request; the advice says how many there are."""
    (finding,) = found(
        L4,
        workload("small", asks={"nvidia.com/gpu": "1"}, **ON_L4),
        workload("model", asks={"nvidia.com/gpu": "16"}, **ON_L4),
    )

    assert ("placement/no-pool", Severity.ERROR) == (finding.rule, finding.severity)
    assert finding.subject
    assert "model" == finding.subject.name
    assert ("spec", "template", "spec", "containers", 0, "resources", "requests", "nvidia.com/gpu") == finding.pointer
    assert finding.problem.startswith(
        "Deployment shop/model has no place: gpu-l4: no instance type has enough resources, requirements="
    )
    assert '; general: incompatible requirements, label "accelerator" does not have known values' in finding.problem
    assert finding.fix.startswith("The largest machine of gpu-l4 that would do has 8 of nvidia.com/gpu for pods")


def test_a_label_that_no_pool_gives(found: Found) -> None:
    """At the selector; the advice is the label that was probably meant."""
    lost = workload("model", asks={"nvidia.com/gpu": "1"}, nodeSelector={"acelerator": "l4"}, **TOLERATES)
    (finding,) = found(L4, lost, workload("other", asks={"nvidia.com/gpu": "1"}, **ON_L4))
    assert ("placement/no-pool", ("spec", "template", "spec", "nodeSelector")) == (finding.rule, finding.pointer)
    assert "did you mean `accelerator=l4`?" in finding.fix


def test_pools_that_say_the_same_are_named_together(found: Found) -> None:
    """After the nearest one, which is a pool with such machines."""
    good = workload("good", asks={"nvidia.com/gpu": "1"}, **ON_L4)
    lost = workload("lost", asks={"nvidia.com/gpu": "1"}, nodeSelector={"accelerator": "h100"}, **TOLERATES)
    (finding,) = found(L4, pool("other", need(FAMILY, "m7i")), good, lost)
    assert (
        "gpu-l4: incompatible requirements, key accelerator, accelerator In [h100] not in accelerator In [l4]; "
        in finding.problem
    )
    assert (
        '; other, general: incompatible requirements, label "accelerator" does not have known values' in finding.problem
    )


def test_a_taint_that_a_pod_forgot(found: Found) -> None:
    """The advice names the toleration; the pool is then of no use, and its taint of none to anybody."""
    bare = workload("model", asks={"nvidia.com/gpu": "1"}, nodeSelector={"accelerator": "l4"})
    findings = found(L4, bare)
    assert {"placement/no-pool", "placement/untolerated-taint"} == {*rules(findings)}
    homeless = next(one for one in findings if one.rule == "placement/no-pool")
    assert "did not tolerate taint (taint=nvidia.com/gpu=true:NoSchedule)" in homeless.problem
    (tainted,) = [one for one in findings if one.rule == "placement/untolerated-taint"]
    assert ("spec", "template", "spec", "taints", 0) == tainted.pointer


def test_spread_over_more_zones_than_there_are(found: Found) -> None:
    """Some replicas have a place, and the finding says how many."""
    (finding,) = found(workload("api", replicas=5, affinity=apart("topology.kubernetes.io/zone", app="api")))
    assert "placement/no-pool" == finding.rule
    assert finding.problem.startswith(
        "only 3 of 5 pods of Deployment shop/api have a place: general: unsatisfiable topology"
    )
    assert ("spec", "template", "spec", "affinity", "podAntiAffinity") == finding.pointer


def test_a_set_of_no_pods_needs_no_place(found: Found) -> None:
    """Scaled to nothing, and no autoscaler says otherwise."""
    assert [] == found(workload("off", replicas=0, nodeSelector={"no": "where"}))


@pytest.mark.parametrize(
    ("broken", "pointer"),
    [
        (need(FAMILY, "g66"), 0),
        (need("karpenter.sh/capacity-type", "reserved"), 0),
        (need("topology.kubernetes.io/zone", "us-east-1d"), 0),
    ],
)
def test_a_pool_that_no_machine_meets(found: Found, broken: dict[str, Any], pointer: int) -> None:
    """At the requirement without which there were some."""
    findings = found(pool("odd", broken, need("kubernetes.io/arch", "amd64")))
    (impossible,) = [one for one in findings if one.rule == "placement/no-machine"]
    assert "no instance type that is sold in us-east-1 meets " in impossible.problem
    assert ("spec", "template", "spec", "requirements", pointer) == impossible.pointer


def test_a_pool_with_a_label_that_karpenter_does_not_know(found: Found) -> None:
    """Of its own domain it knows all."""
    (finding,) = found(pool("odd", need("karpenter.k8s.aws/instance-famly", "g6")))
    assert "placement/no-machine" == finding.rule
    assert "using label karpenter.k8s.aws/instance-famly is not allowed" in finding.problem


def test_a_value_that_no_type_has(found: Found) -> None:
    """Beside others that some have: a warning, with what was meant."""
    wide = pool("gpu-l4", need(FAMILY, "g6", "gr66"), labels={"accelerator": "l4"}, taints=[GPU_TAINT])
    (finding,) = found(wide, workload("model", asks={"nvidia.com/gpu": "1"}, **ON_L4))
    assert ("placement/unknown-value", Severity.WARNING) == (finding.rule, finding.severity)
    assert ("spec", "template", "spec", "requirements", 0, "values", 1) == finding.pointer
    assert "'gr66' is not what any instance type has as instance-family; did you mean `gr6`?" == finding.problem


def test_a_limit_below_one_machine(found: Found) -> None:
    """At the pool; the advice says what would do."""
    tight = copy.deepcopy(L4)
    tight["spec"]["limits"] = {"nvidia.com/gpu": "3"}
    (finding,) = found(
        tight,
        workload("small", asks={"nvidia.com/gpu": "1"}, **ON_L4),
        workload("model", asks={"nvidia.com/gpu": "4"}, **ON_L4),
    )
    assert ("placement/limit", ("spec", "limits", "nvidia.com/gpu")) == (finding.rule, finding.pointer)
    assert finding.subject
    assert "gpu-l4" == finding.subject.name
    assert "Raise the limit of nvidia.com/gpu to 4 or more" in finding.fix


def test_a_node_group_that_is_full(found: Found) -> None:
    """Nothing adds machines to it."""
    group = {"name": "system", "instanceTypes": ["m7g.large"], "desiredCapacity": 1}
    tied: dict[str, Any] = {"nodeSelector": {"eks.amazonaws.com/nodegroup": "system"}}
    (finding,) = found(workload("dns", replicas=3, **tied), config={**CONFIG, "managedNodeGroups": [group]})
    assert ("placement/limit", "Give the node group more machines.") == (finding.rule, finding.fix)


def test_a_pool_that_nothing_can_use(found: Found) -> None:
    """Unless a queue leads there."""
    idle = pool("idle", need(FAMILY, "x2idn"), labels={"team": "nobody"}, taints=["team=nobody:NoSchedule"])
    flavor = {
        "apiVersion": "kueue.x-k8s.io/v1beta2",
        "kind": "ResourceFlavor",
        "metadata": {"name": "idle"},
        "spec": {"nodeLabels": {"team": "nobody"}, "tolerations": [{"key": "team", "operator": "Exists"}]},
    }
    tolerant = workload("elsewhere", tolerations=[{"operator": "Exists"}], nodeSelector={FAMILY: "m7i"})
    assert ["placement/unused-pool"] == rules(found(idle, tolerant))
    assert ["placement/untolerated-taint"] == rules(found(idle))
    assert [] == found(idle, flavor)


def test_a_daemon_that_misses_the_machines_it_chooses(found: Found) -> None:
    """It chooses GPUs by a label and does not tolerate their taint; one that chooses none is left alone."""
    model = workload("model", asks={"nvidia.com/gpu": "1"}, **ON_L4)
    on_gpus: dict[str, Any] = {"nodeSelector": {"karpenter.k8s.aws/instance-gpu-manufacturer": "nvidia"}}
    (finding,) = found(L4, model, workload("dcgm", kind="DaemonSet", **on_gpus))

    assert ("placement/absent-daemon", Severity.WARNING) == (finding.rule, finding.severity)
    assert "gpu-l4 (nvidia.com/gpu=true:NoSchedule)" in finding.problem
    assert [] == found(L4, model, workload("dcgm", kind="DaemonSet", **on_gpus, **TOLERATES))
    assert [] == found(L4, model, workload("logs", kind="DaemonSet"))
    assert [] == found(L4, model, workload("logs", kind="DaemonSet", nodeSelector={"kubernetes.io/os": "linux"}))


def test_a_daemon_that_chooses_machines_that_no_pool_has(found: Found) -> None:
    """Labels that programs give to nodes later are not judged."""
    lost = workload("agent", kind="DaemonSet", nodeSelector={"accelerator": "h100"})
    later = workload("plugin", kind="DaemonSet", nodeSelector={"nvidia.com/gpu.deploy.device-plugin": "true"})
    (finding,) = found(lost, later)
    assert "DaemonSet shop/agent chooses machines that no pool has: accelerator In [h100]" == finding.problem


def test_what_rests_on_assumed_facts_says_so(tree: Tree) -> None:
    """Kagent's agents ask for what nobody has verified."""
    findings = _broken(
        tree, "NodePool", lambda spec: spec["template"]["spec"].update(taints=[{"key": "x", "effect": "NoSchedule"}])
    )
    told = [one.problem for one in findings if one.rule == "placement/no-pool"]
    assert any("Deployment tenant-team-a/customer-support" in one and "is assumed" in one for one in told)
    assert any("Deployment ai-gateway/litellm " in one and "is assumed" not in one for one in told)


def test_without_bootstrap_nothing_is_decided(world_of: WorldOf) -> None:
    """Said once."""
    (finding,) = check(world_of(GENERAL, workload("web"), workload("api")))
    assert ("placement/undecided", Severity.UNDECIDED) == (finding.rule, finding.severity)


def _broken(tree: Tree, kind: str, edit: Callable[[dict[str, Any]], object]) -> list[Finding]:
    """What is found in the smallest cluster after all its objects of a kind were edited."""
    manifests = list(_edited(tree, kind, edit))
    return [finding for world in worlds(Tree(tree.root, manifests)) for finding in check(world)]


def _edited(tree: Tree, kind: str, edit: Callable[[dict[str, Any]], object]) -> Iterator[Manifest]:
    for one in tree:
        if one.cluster == "dev-us-east-1":
            body = copy.deepcopy(one.body)
            if one.kind == kind:
                edit(body["spec"])
            yield Manifest(one.cluster, one.component, one.path, body)
