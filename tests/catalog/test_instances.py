"""The table of EC2 instance types."""

from __future__ import annotations

from decimal import Decimal

import pytest

from groundwork.catalog.instances import instance_type, instance_types, of_families, usd_per_core, with_gpu


def test_the_whole_table_is_read() -> None:
    """Every row is one type of its family and size, and nothing in it is negative."""
    types = instance_types()

    assert len(types) == 1363
    for one in types.values():
        assert one.name == f"{one.family}.{one.size}"
        assert 0 < one.allocatable_cpu_millis < one.vcpu * 1000
        assert 0 < one.allocatable_memory_mib < one.memory_mib
        assert one.allocatable_pods > 0
        assert one.usd_per_hour is None or one.usd_per_hour > 0
    assert sum(one.usd_per_hour is None for one in types.values()) == 18


def test_a_gpu_instance() -> None:
    """g6.12xlarge: four L4 in one machine."""
    one = instance_type("g6.12xlarge")

    assert (one.vcpu, one.memory_mib, one.arch, one.gpu_name, one.gpus, one.gpu_memory_mib) == (
        48,
        196608,
        "amd64",
        "l4",
        4,
        22888,
    )
    assert one.extended_resources == {"nvidia.com/gpu": 4, "vpc.amazonaws.com/efa": 1}
    assert one.usd_per_hour == Decimal("4.6016")


def test_a_neuron_instance() -> None:
    """inf2.24xlarge: six chips with two cores each."""
    one = instance_type("inf2.24xlarge")

    assert one.extended_resources == {"aws.amazon.com/neuron": 6, "aws.amazon.com/neuroncore": 12}
    assert (one.accelerator_name, one.gpus) == ("inferentia2", 0)


def test_a_machine_with_fast_networking() -> None:
    """p5en.48xlarge has EFA beside its GPUs."""
    assert instance_type("p5en.48xlarge").extended_resources == {"nvidia.com/gpu": 8, "vpc.amazonaws.com/efa": 16}


def test_an_unknown_type_is_an_error() -> None:
    """Whether its family exists or not."""
    for name in ("g6.huge", "z99.large", "g6"):
        with pytest.raises(LookupError, match=f"instance_types.csv has no '{name}'"):
            instance_type(name)


def test_a_core_of_a_family_has_one_price() -> None:
    """Whatever the size; a family that is not sold on demand has none."""
    whole = instance_type("m8g.xlarge").usd_per_hour

    assert whole is not None
    assert usd_per_core("m8g") * 4 == pytest.approx(whole, rel=Decimal("0.01"))
    with pytest.raises(LookupError, match="no price for p9x"):
        usd_per_core("p9x")


def test_families_are_read_alone() -> None:
    """The same types as from the whole table; g6 is not g6e."""
    found = of_families(("g6", "gr6"))

    assert {one.family for one in found} == {"g6", "gr6"}
    assert found == tuple(one for one in instance_types().values() if one.family in {"g6", "gr6"})
    assert of_families(("nothing",)) == ()


def test_only_whole_gpus_count() -> None:
    """g6f has an eighth of an L4 and cannot serve a pod that asks for one."""
    assert {one.family for one in with_gpu("l4")} == {"g6", "gr6"}
    assert instance_type("g6f.xlarge").extended_resources == {}
