"""Node pools: one per kind of capacity, each with limits, none that takes a loading model away."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.compute.node_pools import NodePools, accelerator_placement

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
        placement = accelerator_placement(model.hardware)
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
