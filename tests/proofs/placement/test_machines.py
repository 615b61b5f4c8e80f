"""What can be bought, and what Karpenter expects of it."""

from __future__ import annotations

import pytest

from groundwork.catalog.instances import instance_type
from groundwork.catalog.regions import region
from groundwork.proofs.placement.machines import Amounting, Market, Shelf, allocatable, capacity, matching, members
from groundwork.proofs.placement.requirements import Requirement

DOMAIN = "karpenter.k8s.aws"


def names(shelf: Shelf, mask: int) -> set[str]:
    """The types of a set."""
    return {shelf.types[at].name for at in members(mask)}


@pytest.mark.parametrize(
    ("label", "operator", "values", "chosen"),
    [
        ("instance-gpu-name", "In", ["l4"], {"g6.xlarge"}),
        ("instance-gpu-name", "NotIn", ["l4"], {"m7g.large", "inf2.xlarge"}),
        ("instance-gpu-name", "Exists", [], {"g6.xlarge"}),
        ("instance-gpu-name", "DoesNotExist", [], {"m7g.large", "inf2.xlarge"}),
        ("instance-cpu", "Gt", ["2"], {"g6.xlarge", "inf2.xlarge"}),
        ("instance-local-nvme", "Lt", ["1000"], {"g6.xlarge"}),
        ("instance-accelerator-manufacturer", "In", ["aws"], {"inf2.xlarge"}),
        ("instance-generation", "Gte", ["6"], {"g6.xlarge", "m7g.large"}),
    ],
)
def test_labels_choose_types(label: str, operator: str, values: list[str], chosen: set[str]) -> None:
    """As Karpenter's AWS provider gives them."""
    shelf = Shelf(tuple(instance_type(one) for one in ("g6.xlarge", "m7g.large", "inf2.xlarge")))
    wanted = Requirement.of(f"{DOMAIN}/{label}", operator, values)
    assert chosen == names(shelf, matching(shelf.labels, [wanted], DOMAIN, shelf.everything))


def test_what_no_type_of_a_shelf_has_is_missing_from_all() -> None:
    """Karpenter knows the label, so a pool that asks for it buys nothing."""
    shelf = Shelf((instance_type("m7g.large"),))
    wanted = Requirement.of(f"{DOMAIN}/instance-accelerator-name", "Exists")
    assert names(shelf, matching(shelf.labels, [wanted], DOMAIN, shelf.everything)) == set()


def test_a_region_sells_accelerators_of_its_own_families_only() -> None:
    """Everything else is sold everywhere."""
    market = Market.of(region("eu-west-1"))
    sold = {market.shelf.types[at].family for at in members(market.sold)}
    assert {"g5", "m7g"} <= sold
    assert sold.isdisjoint({"p5en", "trn1"})


def test_memory_is_less_than_it_says() -> None:
    """The hypervisor keeps 7.5 %, Graviton 64 MiB; Karpenter's table of allocatable memory begins there."""
    for name in ("m7g.large", "g6.12xlarge", "p5en.48xlarge"):
        one = instance_type(name)
        reserved = capacity(one)["memory"] - allocatable(one)["memory"]
        # The kubelet keeps 255 MiB and 11 for each pod that network interfaces allow, and evicts at 100.
        assert (255 + 100) * 1024**2 * 1000 < reserved < (255 + 100 + 11 * 1000) * 1024**2 * 1000


def test_amounts_are_searched() -> None:
    """At least, at most, the largest and the smallest."""
    amounts = Amounting({0: {"cpu": 2, "gpu": 1}, 1: {"cpu": 4}, 5: {"cpu": 4, "gpu": 4}})
    assert [0, 1, 5] == list(members(amounts.at_least({"cpu": 2})))
    assert [5] == list(members(amounts.at_least({"cpu": 3, "gpu": 1})))
    assert [] == list(members(amounts.at_least({"disk": 1})))
    assert [0, 1] == list(members(amounts.at_most({"gpu": 1})))
    assert (4, 2, 0) == (amounts.largest("cpu", 0b100001), amounts.smallest("cpu", 0b11), amounts.largest("disk", 1))
