"""AWS regions that clusters may stand in (`regions.yaml`): zones, EKS Auto Mode, accelerated instance families."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from groundwork.catalog.accelerators import Accelerator, accelerators

__all__ = ["Region", "region", "regions"]

_FILE = Path(__file__).with_name("regions.yaml")


@dataclass(frozen=True, kw_only=True)
class Region:
    """One region. `families` are the accelerated instance families sold there; `assumed` are those not seen in a listing."""

    name: str
    zones: tuple[str, ...]
    auto_mode: bool
    families: frozenset[str] = field(default_factory=frozenset)
    assumed: frozenset[str] = field(default_factory=frozenset)

    @functools.cached_property
    def accelerators(self) -> frozenset[str]:
        """Names of the accelerators that at least one family sold here carries."""
        return frozenset(one.name for one in accelerators().values() if self.offers(one))

    def offers(self, accelerator: Accelerator) -> bool:
        """Whether an instance with that accelerator can be bought here."""
        return not self.families.isdisjoint(accelerator.families)


@functools.cache
def regions() -> dict[str, Region]:
    """Every region by name."""
    loaded: dict[str, dict[str, Any]] = yaml.load(_FILE.read_text(), Loader=yaml.CSafeLoader)
    return {name: _region(name, entry) for name, entry in loaded.items()}


def region(name: str) -> Region:
    """The region of that name.

    Raises:
        LookupError: the catalogue does not have it; says what to do.
    """
    if name in regions():
        return regions()[name]
    usable = [one.name for one in regions().values() if len(one.zones) >= 3]
    # us-est-2 is as close to us-east-2 as to us-west-2: say both.
    close = get_close_matches(name, usable, n=2, cutoff=0.85) or get_close_matches(name, usable, n=1)
    hint = (
        f"did you mean {' or '.join(repr(one) for one in sorted(close))}?"
        if close
        else "add it to catalog/regions.yaml"
    )
    raise LookupError(f"no region is called '{name}' ({hint})")


def _region(name: str, entry: dict[str, Any]) -> Region:
    return Region(
        name=name,
        zones=tuple(f"{name}{letter}" for letter in entry["zones"]),
        auto_mode=entry["autoMode"],
        families=frozenset([*entry["families"], *entry["assumed"]]),
        assumed=frozenset(entry["assumed"]),
    )
