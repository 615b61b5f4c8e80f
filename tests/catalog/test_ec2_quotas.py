"""EC2's vCPU quotas."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.catalog.ec2_quotas import by_short_name, of_family, of_instance_type, of_node_pools


def pool(limits: dict[str, str], **requirements: list[str]) -> dict[str, Any]:
    """A NodePool's body; underscores in names of requirements stand for dashes."""
    wanted = [
        {"key": f"karpenter.sh/{key.replace('_', '-')}", "operator": "In", "values": values}
        for key, values in requirements.items()
    ]
    spec = {"limits": limits, "template": {"spec": {"requirements": wanted}}}
    return {"kind": "NodePool", "metadata": {"name": "pool"}, "spec": spec}


@pytest.mark.parametrize(
    ("family", "code"),
    [
        ("g6", "L-DB2E81BA"),
        ("gr6", "L-DB2E81BA"),
        ("p5en", "L-417A185B"),
        ("inf2", "L-1945791B"),
        ("trn1n", "L-2C3B7624"),
        ("m7g", "L-1216C47A"),
        ("im4gn", "L-1216C47A"),
    ],
)
def test_a_family_counts_towards_its_own_quota(family: str, code: str) -> None:
    """By the letters that it begins with."""
    needed = of_node_pools([pool({"cpu": "96"}, instance_family=[family])])

    assert {code: 96} == {quota.code: need for quota, need in needed.items()}


def test_spot_and_on_demand_are_two_quotas() -> None:
    """A pool that may buy both may come to use either to its limit; reservations count as on-demand."""
    needed = of_node_pools([pool({"cpu": "8"}, instance_family=["g6"], capacity_type=["reserved", "spot"])])

    assert {"L-DB2E81BA": 8, "L-3819A6DF": 8} == {quota.code: need for quota, need in needed.items()}


def test_pools_add_up() -> None:
    """Also where one names instance types, and one nothing."""
    needed = of_node_pools([pool({"cpu": "8"}, instance_type=["c7g.large"]), pool({"cpu": "4"})])

    assert [12] == list(needed.values())


def test_devices_bound_a_pool_as_well() -> None:
    """Sixteen H200 are two machines of 192 vCPUs."""
    needed = of_node_pools([pool({"nvidia.com/gpu": "16"}, instance_family=["p5en"])])

    assert [384] == list(needed.values())


def test_a_pool_without_limits_is_an_error() -> None:
    """Nothing bounds what it may buy."""
    with pytest.raises(ValueError, match="the NodePool pool limits neither cpu nor devices"):
        of_node_pools([pool({"memory": "64Gi"}, instance_family=["g6"])])


def test_machines_by_type() -> None:
    """As node groups name them."""
    needed = of_instance_type("m7g.large", 4)

    assert {"L-1216C47A": 8} == {quota.code: need for quota, need in needed.items()}


def test_declarations_call_quotas_by_short_names() -> None:
    """Two for each kind of machine, and the addresses of NAT gateways."""
    known = by_short_name()

    assert known["g-spot"] == of_family("g6", spot=True)
    assert known["standard-on-demand"] == of_family("m7g", spot=False)
    assert known["elastic-ips"].code == "L-0263D0A3"
