"""A GPU as an engine sees it: its memory, what it can compute, and whether it reaches its neighbours directly."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.catalog.accelerators import Accelerator

__all__ = ["Gpu"]

_MI = 1024**2
# MIG divides memory into eighths, and keeps a little of each; NVIDIA MIG User Guide, and 9.5-9.9 GiB seen of 1g.10gb on H100.
_EIGHTHS = 8
_OF_A_SLICE = 0.97


@dataclass(frozen=True, kw_only=True, slots=True)
class Gpu:
    """`total` is what CUDA reports, in bytes; `capability` its compute capability; `dtypes` the weights that it serves."""

    name: str
    total: int
    capability: tuple[int, int]
    nvlink: bool = False
    dtypes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, kind: Accelerator, profile: str = "") -> Gpu:
        """A whole GPU of that kind, or the slice of one that a MIG profile names."""
        total = kind.usable_mib * _MI
        if profile:
            largest = max(_gigabytes(one) for one in kind.slices)
            total = int(total * round(_gigabytes(profile) / largest * _EIGHTHS) / _EIGHTHS * _OF_A_SLICE)
        return cls(
            name=f"{kind.name} {profile}".rstrip(),
            total=total,
            capability=kind.capability or (0, 0),
            nvlink=kind.nvlink,
            dtypes=kind.dtypes,
        )


def _gigabytes(profile: str) -> int:
    return int(profile.partition(".")[2].removesuffix("gb"))
