"""Memory of Neuron cores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from groundwork.catalog.accelerators import accelerator
from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.neuron import core_budget
from tests.proofs.fit.test_cache import LLAMA_8B

GI = 1024**3


def test_a_neuron_core_keeps_every_sequence_at_full_length() -> None:
    """Llama 8B on one Inferentia2: each of two cores has half of it in 16 GiB; four sequences fit, forty do not."""
    told = Launch(tensor=2, context=8192, sequences=4)

    four, forty = (
        core_budget(LLAMA_8B, replace(told, sequences=sequences), accelerator("inferentia2")) for sequences in (4, 40)
    )

    assert four.total == 16 * GI
    assert four.reserved == 4 * 8192 * 64 * 1024
    assert four.starts
    assert not forty.starts
    assert four.requests() == pytest.approx(four.room / four.reserved * 4)
