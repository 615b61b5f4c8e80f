"""AWS regions."""

from __future__ import annotations

import pytest

from groundwork.catalog.accelerators import accelerator
from groundwork.catalog.instances import instance_types
from groundwork.catalog.regions import region, regions


def test_families_exist() -> None:
    """Each has a machine with an accelerator in the table of instance types."""
    known = {one.family for one in instance_types().values() if one.gpus or one.neuron_chips}
    for one in regions().values():
        assert one.families <= known, one.name
        assert one.assumed <= one.families


def test_zones_are_named_after_their_region() -> None:
    """And none twice."""
    for one in regions().values():
        assert all(zone[:-1] == one.name and zone[-1].islower() for zone in one.zones)
        assert len(set(one.zones)) == len(one.zones)


def test_a_region() -> None:
    """Ohio, as listings have it."""
    ohio = region("us-east-2")

    assert ohio.zones == ("us-east-2a", "us-east-2b", "us-east-2c")
    assert ohio.auto_mode
    assert {"l4", "l40s", "h100", "h200", "b200", "inferentia2", "trainium2"} <= ohio.accelerators
    assert "b300" not in ohio.accelerators


def test_what_is_not_sold_is_not_offered() -> None:
    """One family of an accelerator is enough: Oregon has both of the H200's, Tokyo one, Ireland none."""
    assert [region(name).offers(accelerator("h200")) for name in ("us-west-2", "ap-northeast-1", "eu-west-1")] == [
        True,
        True,
        False,
    ]


def test_auto_mode_is_not_everywhere() -> None:
    """Two young regions lack it."""
    assert {one.name for one in regions().values() if not one.auto_mode} == {"ap-southeast-7", "mx-central-1"}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("us-east-3", "did you mean 'us-east-1' or 'us-east-2'?"),
        ("us-est-1", "did you mean 'us-east-1'?"),
        ("us-gov-east-1", "did you mean 'us-east-1'?"),
        ("moon", "add it to catalog/regions.yaml"),
    ],
)
def test_an_unknown_name_gets_a_hint(name: str, hint: str) -> None:
    """Both of two equally near ones; never a region that clusters cannot use."""
    with pytest.raises(LookupError) as caught:
        region(name)

    assert str(caught.value) == f"no region is called '{name}' ({hint})"
