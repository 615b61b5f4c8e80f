"""Failures that others reported, with their objects in short: the proof says what hangs, and why."""

from __future__ import annotations

from groundwork.catalog.regions import Region
from groundwork.proofs.placement.advice import advice
from groundwork.proofs.placement.fleet import Fleet
from groundwork.proofs.placement.machines import Market
from tests.proofs.placement.cases import fleet, need, node_class, pod, pool

TYPE = "node.kubernetes.io/instance-type"
GPU = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}


def test_a_label_that_left_with_its_pool() -> None:
    """awslabs/ai-on-eks#237: the pool was renamed and lost its label, the Slurm workers still ask for it."""
    there = fleet(
        pool(
            "g5-nvidia",
            need("karpenter.k8s.aws/instance-family", "g5"),
            labels={"amiFamily": "al2023"},
            taints=["nvidia.com/gpu:NoSchedule"],
        )
    )
    asks = {"nvidia.com/gpu": "1"}
    worker = pod("slurm-worker", asks=asks, nodeSelector={"instanceType": "g5-gpu-karpenter"}, tolerations=[GPU])
    mended = pod("slurm-worker", asks=asks, nodeSelector={"karpenter.sh/nodepool": "g5-nvidia"}, tolerations=[GPU])

    verdict = there.place(worker)

    assert verdict.pool is None
    assert 'incompatible requirements, label "instanceType" does not have known values' in verdict.misses[0].problem
    assert there.place(mended).pool


def test_a_label_that_no_pool_gives_any_more() -> None:
    """awslabs/ai-on-eks#112: Ray's head asks for `workload`, the worker for `instanceType`; one pool has other labels, one a taint."""
    there = fleet(
        pool("x86-cpu-karpenter", need("karpenter.k8s.aws/instance-family", "m5"), labels={"type": "karpenter"}),
        pool(
            "inferentia-inf2",
            need("karpenter.k8s.aws/instance-family", "inf2"),
            labels={"type": "karpenter"},
            taints=["aws.amazon.com/neuron=true:NoSchedule"],
        ),
    )
    head = there.place(pod("head", nodeSelector={"workload": "rayhead"}))
    said = {miss.pool: miss.problem for miss in head.misses}

    assert 'label "workload" does not have known values' in said["x86-cpu-karpenter"]
    assert "did not tolerate taint (taint=aws.amazon.com/neuron=true:NoSchedule)" == said["inferentia-inf2"]
    assert "x86-cpu-karpenter" == head.misses[0].pool


def test_types_that_nobody_sells_there() -> None:
    """aws/karpenter-provider-aws#5527: G5 machines have the room and the labels, but no offering where the cluster's subnets are."""
    g5 = need(TYPE, "g5.4xlarge", "g5.8xlarge", "g5.12xlarge", "g5.16xlarge", "g5.24xlarge")
    nowhere = Region(name="us-west-1", zones=("us-west-1a", "us-west-1c"), auto_mode=True)
    general = pool("general-purpose", need("karpenter.k8s.aws/instance-category", "c", "m", "r"))
    gpu = pool("gpu", g5, labels={"gpu-type": "nvidia"}, taints=["nvidia.com/gpu:NoSchedule"])
    asking = pod(asks={"nvidia.com/gpu": "1"}, tolerations=[GPU])

    verdict = Fleet.of(market=Market.of(nowhere), pools=[gpu, general]).place(asking)
    said = {miss.pool: miss.problem for miss in verdict.misses}

    assert "nodepool requirements filtered out all available instance types" == said["gpu"]
    assert said["general-purpose"].startswith("no instance type has enough resources")
    assert fleet(gpu, general, where="us-west-2", zones=["us-west-2a"]).place(asking).pool


def test_zones_that_a_pool_names_and_the_cluster_has_not() -> None:
    """The same issue's other half: the types are sold, but not in a zone that both the pool and the subnets have."""
    there = fleet(pool("gpu", need(TYPE, "g5.4xlarge"), need("topology.kubernetes.io/zone", "us-east-1d")))
    verdict = there.place(pod(asks={"nvidia.com/gpu": "1"}))
    assert "nodepool requirements filtered out all available instance types" == verdict.misses[0].problem


def test_a_node_that_may_hold_one_pod_and_has_four_daemons() -> None:
    """aws/karpenter-provider-aws#6884: kubelet.maxPods of 1 leaves no room beside DaemonSets."""
    daemons = [pod(f"agent-{number}", asks={"cpu": "95m"}, tolerations=[{"operator": "Exists"}]) for number in range(4)]
    base = pool(
        "ep-base",
        need("karpenter.k8s.aws/instance-family", "g5", "g6"),
        taints=["example.com/taint-ep-base:NoSchedule"],
    )
    asking = pod(asks={"nvidia.com/gpu": "1"}, tolerations=[{"key": "example.com/taint-ep-base", "operator": "Exists"}])
    tight = fleet(base, daemons=daemons, of=node_class(kubelet={"maxPods": 1}))

    verdict = tight.place(asking)

    assert verdict.misses[0].problem.startswith("no instance type has enough resources")
    assert {"pods": 0} == verdict.misses[0].short
    assert fleet(base, daemons=daemons, of=node_class(kubelet={"maxPods": 5})).place(asking).pool


def test_a_limit_that_one_machine_uses_up() -> None:
    """aws/karpenter-provider-aws#8068, and what facts say of #7796: the pool's limit is reached, the second pod waits."""
    limited = pool(
        "gpu-nodepool",
        need("karpenter.k8s.aws/instance-family", "g6"),
        taints=["nvidia.com/gpu:NoSchedule"],
        limits={"nvidia.com/gpu": "1"},
    )
    spot = pool("spot-pool", need("karpenter.k8s.aws/instance-category", "c", "m", "t"))
    one = pod(asks={"nvidia.com/gpu": "1"}, tolerations=[GPU])

    first, second = fleet(limited, spot).place_all([one, one])

    assert first.pool
    said = {miss.pool: miss.problem for miss in second.misses}
    assert "all available instance types exceed limits for nodepool" == said["gpu-nodepool"]
    assert said["spot-pool"].startswith("no instance type has enough resources")


def test_two_gpus_of_machines_that_have_one() -> None:
    """aws/karpenter-provider-aws#8064: two GPUs and 17 cores of g4dn.2xlarge and g4dn.4xlarge; the advice is a number."""
    code = pool(
        "nodepool-code-analyzer",
        need(TYPE, "g4dn.2xlarge", "g4dn.4xlarge"),
        need("karpenter.sh/capacity-type", "on-demand"),
        labels={"codeanalyzer/taint": "code"},
        taints=["codeanalyzer/taint=code:NoSchedule"],
    )
    there = fleet(code)
    asks = {"cpu": "17", "memory": "32Gi", "ephemeral-storage": "32Gi", "nvidia.com/gpu": "2"}
    asking = pod(asks=asks, tolerations=[{"key": "codeanalyzer/taint", "operator": "Exists"}])

    verdict = there.place(asking)
    nearest = verdict.misses[0]

    assert nearest.problem.startswith("no instance type has enough resources")
    assert {"cpu", "ephemeral-storage", "nvidia.com/gpu"} == {*nearest.short}
    assert 1000 == nearest.short["nvidia.com/gpu"]
    assert "The largest machine of nodepool-code-analyzer that would do has " in (advice(asking, nearest, there) or "")
