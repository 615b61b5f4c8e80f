"""Node pools: one per kind of capacity, each with limits, none that takes a loading model away."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from groundwork.components.compute.gpu_operator import GpuOperator
from groundwork.components.compute.karpenter import Karpenter
from groundwork.components.compute.node_pools import NodePools, accelerator_placement
from groundwork.fleet.hardware import Hardware
from groundwork.fleet.site import Site


def with_hardware(site: Site, hardware: Hardware) -> Site:
    """The site with one model, on other hardware."""
    model = next(model for model in site.models if model.name == "qwen3-4b")
    return dataclasses.replace(site, models=(model.model_copy(update={"hardware": hardware}),))


CLUSTERS = ["dev-us-east-1", "prod-us-east-1", "prod-us-east-2"]


def pools(rendering: Any) -> dict[str, Any]:
    """Specs by name."""
    return {
        made.body["metadata"]["name"]: made.body["spec"]
        for made in rendering.objects
        if made.body["kind"] == "NodePool"
    }


def requirements(pool: Any) -> dict[str, Any]:
    """Values by key."""
    return {one["key"]: one["values"] for one in pool["template"]["spec"]["requirements"]}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_w21_every_pool_has_limits(render: Any, site: Any, cluster: str) -> None:
    """A runaway autoscaler meets a wall (weakness W21)."""
    for pool in pools(render(NodePools, site(cluster))).values():
        assert {"cpu", "memory"} <= pool["limits"].keys()


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_an_accelerator_pool_holds_one_kind_and_limits_its_number(render: Any, site: Any, cluster: str) -> None:
    """A pool of several kinds gives a model the wrong one (playbook finding 3)."""
    for name, pool in pools(render(NodePools, site(cluster))).items():
        if name.startswith(("gpu-", "neuron-")):
            (kind,) = [values for key, values in requirements(pool).items() if key.endswith("-name")]
            assert len(kind) == 1
            (taint,) = pool["template"]["spec"]["taints"]
            assert int(pool["limits"][taint["key"]]) >= 1


@pytest.mark.parametrize(
    "hardware",
    [Hardware(gpu="h200", count=1), Hardware(gpu="h200", count=1, slice="1g.35gb"), Hardware(gpu="l4", count=4)],
    ids=["one GPU of eight", "a slice of one of eight", "four GPUs of one"],
)
def test_a_pool_may_buy_at_least_one_machine(render: Any, site: Any, hardware: Hardware) -> None:
    """H200 are sold by eight: with a limit of the one GPU that a model takes, Karpenter would buy none."""
    where = with_hardware(site("prod-us-east-2"), hardware)
    (name,) = [name for name in pools(render(NodePools, where)) if hardware.kind in name]
    machines = [one for one in hardware.device.instance_types if hardware.device.devices(one) >= hardware.count]

    limit = int(pools(render(NodePools, where))[name]["limits"]["nvidia.com/gpu"])

    assert limit >= min(hardware.device.devices(one) for one in machines)


def test_playbook_3_a_loading_model_is_not_consolidated_away(render: Any, site: Any) -> None:
    """Only an empty node goes, and not before an hour: loading 704 GiB looks idle."""
    disruption = pools(render(NodePools, site("prod-us-east-2")))["gpu-h200"]["disruption"]

    assert (disruption["consolidationPolicy"], disruption["consolidateAfter"]) == ("WhenEmpty", "1h")


@pytest.mark.parametrize(
    ("cluster", "dialect"), [("prod-us-east-1", "eks.amazonaws.com/"), ("prod-us-east-2", "karpenter.k8s.aws/")]
)
def test_each_node_mode_speaks_its_own_label_dialect(render: Any, site: Any, cluster: str, dialect: str) -> None:
    """Labels of the other mode match nothing, in silence (guidance fact 7)."""
    for pool in pools(render(NodePools, site(cluster))).values():
        keys = [key for key in requirements(pool) if "instance-" in key]
        assert keys
        assert all(key.startswith(dialect) for key in keys)


def test_graviton_is_preferred(render: Any, site: Any) -> None:
    """Where a pod runs on both, the arm64 pool is tried first."""
    found = pools(render(NodePools, site("prod-us-east-1")))

    assert found["general-arm64"]["weight"] > found["general-amd64"]["weight"]


def test_no_pool_takes_a_name_that_auto_mode_keeps_for_itself(render: Any, site: Any) -> None:
    """`system` and `general-purpose` are AWS's own."""
    assert not pools(render(NodePools, site("prod-us-east-1"))).keys() & {"system", "general-purpose"}


@pytest.mark.parametrize("cluster", CLUSTERS)
def test_a_models_pods_select_and_tolerate_their_pool(render: Any, site: Any, cluster: str) -> None:
    """A renamed label would leave them pending for ever (ai-on-eks 237)."""
    found = pools(render(NodePools, site(cluster)))
    for model in site(cluster).accelerated:
        placement = accelerator_placement(model.hardware, site(cluster).cluster)
        (match,) = [
            pool
            for pool in found.values()
            if placement.selector.items() <= pool["template"].get("metadata", {}).get("labels", {}).items()
        ]
        taints = {(one["key"], one["value"], one["effect"]) for one in match["template"]["spec"]["taints"]}
        assert taints == {(one["key"], one["value"], one["effect"]) for one in placement.tolerations}


def test_playbook_2_node_images_are_pinned_and_credentials_out_of_reach(render: Any, site: Any, find: Any) -> None:
    """A dated image, a role, encrypted disks, IMDSv2 with one hop (playbook finding 2)."""
    spec = find(render(NodePools, site("prod-us-east-2")), "EC2NodeClass", "gpu-h200")["spec"]

    assert spec["amiSelectorTerms"][0]["alias"].startswith("al2023@v2")
    assert spec["blockDeviceMappings"][0]["ebs"]["encrypted"] is True
    assert (spec["metadataOptions"]["httpTokens"], spec["metadataOptions"]["httpPutResponseHopLimit"]) == (
        "required",
        1,
    )
    assert spec["instanceStorePolicy"] == "RAID0"


@pytest.mark.parametrize(
    ("gpu", "family"),
    [("a10g", "g5"), ("l4", "g6"), ("l40s", "g6e"), ("a100", "p4d"), ("h100", "p5"), ("h200", "p5en")],
)
def test_each_gpu_has_a_pool_of_its_own_families(render: Any, site: Any, gpu: str, family: str) -> None:
    """Karpenter would try the cheaper family first, and its quota is another one (playbook 2.1)."""
    where = with_hardware(site("prod-us-east-2"), Hardware(gpu=gpu, count=1))

    pool = pools(render(NodePools, where))[f"gpu-{gpu}"]

    assert family in requirements(pool)["karpenter.k8s.aws/instance-family"]
    assert pool["template"]["metadata"]["labels"] == {"groundwork.dev/accelerator": gpu}


@pytest.mark.parametrize(
    ("cluster", "more", "buys"),
    [
        ("prod-us-east-2", {}, ["on-demand", "reserved"]),
        ("prod-us-east-2", {"spot": True}, ["on-demand", "reserved", "spot"]),
        ("dev-us-east-1", {}, ["on-demand", "reserved", "spot"]),
    ],
)
def test_production_buys_spot_machines_only_for_models_that_allow_it(
    render: Any, site: Any, cluster: str, more: dict[str, bool], buys: list[str]
) -> None:
    """Pods of the others keep away from them, whatever their pool buys."""
    where = with_hardware(site(cluster), Hardware.model_validate({"gpu": "l4", "count": 1, **more}))

    pool = pools(render(NodePools, where))["gpu-l4"]

    assert requirements(pool)["karpenter.sh/capacity-type"] == buys
    placement = accelerator_placement(where.models[0].hardware, where.cluster).manifest()
    assert ("affinity" in placement) == ("spot" not in buys)


def test_weights_take_a_nodes_own_disks_where_it_has_them(render: Any, site: Any) -> None:
    """p5en has 28 TB of NVMe: a network disk for 704 GiB more would be paid for and stay empty. Inferentia2 has none."""
    own, network = (
        {
            one.body["metadata"]["name"]: one.body["spec"]
            for one in render(NodePools, site(name)).objects
            if one.body["kind"].endswith("NodeClass")
        }
        for name in ("prod-us-east-2", "prod-us-east-1")
    )

    assert own["gpu-h200"]["blockDeviceMappings"][0]["ebs"]["volumeSize"] == "100Gi"
    assert int(network["neuron-inferentia2"]["ephemeralStorage"]["size"].removesuffix("Gi")) > 110


def test_a_slice_of_a_gpu_is_a_resource_that_karpenter_is_told_of(render: Any, site: Any) -> None:
    """It knows whole GPUs only; a node that is not divided yet does not have the resource, so no pod comes too early."""
    where = with_hardware(site("prod-us-east-2"), Hardware(gpu="h100", count=1, slice="1g.20gb"))

    rendering = render(NodePools, where)
    pool = pools(rendering)["gpu-h100-1g.20gb"]
    overlays = [made.body["spec"] for made in rendering.objects if made.body["kind"] == "NodeOverlay"]

    assert pool["template"]["metadata"]["labels"] == {
        "groundwork.dev/accelerator": "h100-1g.20gb",
        "nvidia.com/mig.config": "all-1g.20gb",
    }
    assert [one["capacity"] for one in overlays] == [{"nvidia.com/mig-1g.20gb": "4"}, {"nvidia.com/mig-1g.20gb": "32"}]
    assert {value for one in overlays for value in one["requirements"][0]["values"]} == {"gpu-h100-1g.20gb"}
    assert int(pool["limits"]["nvidia.com/mig-1g.20gb"]) >= where.models[0].replicas.max


def test_models_on_slices_of_one_kind_share_their_pool(render: Any, site: Any) -> None:
    """The second model on a slice asks for the same pool, and tells Karpenter nothing new of its nodes."""
    one = with_hardware(site("prod-us-east-2"), Hardware(gpu="h100", count=1, slice="1g.20gb"))
    first = one.models[0]
    two = dataclasses.replace(one, models=(first, first.model_copy(update={"name": "second"})))

    made = [
        [body["metadata"]["name"] for body in (each.body for each in render(NodePools, where).objects)]
        for where in (one, two)
    ]

    assert made[0] == made[1]
    assert made[1].count("gpu-h100-1g.20gb-8") == 1


def test_gpus_are_divided_where_a_model_takes_a_slice(render: Any, site: Any) -> None:
    """The operator does it, in pods that may talk, and Karpenter reads overlays; elsewhere neither is switched on."""
    whole = site("prod-us-east-2")
    sliced = with_hardware(whole, Hardware(gpu="h100", count=1, slice="1g.20gb"))

    for where, on in ((whole, False), (sliced, True)):
        rendering = render(GpuOperator, where)
        (operator,) = rendering.charts
        karpenter = next(one for one in render(Karpenter, where).charts if one.chart == "karpenter")
        assert operator.values["migManager"]["enabled"] is on
        assert ("nvidia-mig-manager" in [pods.name for pods in rendering.pods]) is on
        assert karpenter.values["settings"]["featureGates"] == {"nodeOverlay": on}
