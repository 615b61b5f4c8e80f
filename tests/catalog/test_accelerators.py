"""Accelerators by the name that declarations use."""

from __future__ import annotations

import pytest

from groundwork.catalog.accelerators import accelerator, accelerators


def test_each_stands_on_instance_types_that_carry_it() -> None:
    """Its families exist, have whole devices under its label, and about as much memory as EC2 says."""
    for one in accelerators().values():
        assert {machine.family for machine in one.instance_types} == set(one.families)
        for machine in one.instance_types:
            assert one.devices(machine) > 0
            assert machine.extended_resources[one.resource] == one.devices(machine)
            if one.vendor == "nvidia":
                assert machine.gpu_name == one.label
                assert one.usable_mib < one.memory_mib
                assert one.memory_mib == pytest.approx(machine.gpu_memory_mib, rel=0.1)
            else:
                assert machine.accelerator_name == one.label


def test_neuron_cores_follow_from_the_table() -> None:
    """Two per chip; of Trainium2's eight, software sees four."""
    for name, hidden in (("inferentia2", 1), ("trainium1", 1), ("trainium2", 2)):
        one = accelerator(name)
        for machine in one.instance_types:
            assert machine.neuron_cores == machine.neuron_chips * one.cores * hidden


def test_facts_say_where_they_come_from() -> None:
    """Source, date, and how sure."""
    for one in accelerators().values():
        assert one.source.read
        assert one.source.date.startswith("2026-")
        assert one.source.sure in {"verified", "assumed"}


def test_what_can_be_computed_follows_the_generation() -> None:
    """bfloat16 from Ampere on, fp8 natively from Ada on."""
    for one in accelerators().values():
        if one.capability is not None:
            assert ("bfloat16" in one.dtypes) == (one.capability >= (8, 0))
        assert one.computes_fp8 == (one.name in {"l4", "l40s", "rtx-pro-6000", "h100", "h200", "b200", "b300"})


def test_the_most_that_one_node_has() -> None:
    """A replica cannot be larger."""
    assert {name: one.most_per_node for name, one in accelerators().items()} == {
        **dict.fromkeys(
            ("t4", "a10g", "l4", "l40s", "rtx-pro-6000", "a100", "a100-80gb", "h100", "h200", "b200", "b300"), 8
        ),
        "inferentia2": 12,
        "trainium1": 16,
        "trainium2": 16,
    }


def test_labels_and_resources_are_the_vendors() -> None:
    """What node pools select by, and what pods ask for."""
    assert (accelerator("l4").label_key, accelerator("l4").resource) == ("instance-gpu-name", "nvidia.com/gpu")
    inferentia = accelerator("inferentia2")
    assert (inferentia.label_key, inferentia.resource) == ("instance-accelerator-name", "aws.amazon.com/neuron")


def test_an_unknown_name_gets_a_hint() -> None:
    """A near one, or all of them; of the vendor that was asked for."""
    with pytest.raises(LookupError, match=r"no accelerator is called 'h10' \(did you mean 'h100'\?\)"):
        accelerator("h10")
    with pytest.raises(LookupError, match=r"'tpu' \(there are inferentia2, trainium1, trainium2\)"):
        accelerator("tpu", "neuron")
    with pytest.raises(LookupError, match="no accelerator is called 'h100'"):
        accelerator("h100", "neuron")
