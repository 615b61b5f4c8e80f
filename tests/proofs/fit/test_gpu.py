"""GPUs and their slices."""

from __future__ import annotations

import pytest

from groundwork.catalog.accelerators import accelerator
from groundwork.proofs.fit.gpu import Gpu

GI = 1024**3


@pytest.mark.parametrize(("profile", "gib"), [("1g.18gb", 17), ("1g.35gb", 34), ("3g.71gb", 68), ("7g.141gb", 136)])
def test_a_slice_has_its_eighths(profile: str, gib: float) -> None:
    """Of the memory of an H200."""
    assert Gpu.of(accelerator("h200"), profile).total / GI == pytest.approx(gib, abs=1)
    assert Gpu.of(accelerator("h200")).total == accelerator("h200").usable_mib * 1024**2
