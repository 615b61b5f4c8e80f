"""Kubernetes versions that EKS offers, and which of them this platform runs on.

Source: Amazon EKS user guide, "Understand the Kubernetes version lifecycle on EKS": a minor version has 14 months of
standard support after its release on EKS, then 12 months of extended support, which costs six times as much per cluster
hour. Read 2026-11-20. Dates with `exact=False` are not announced to the day; they follow from that rule.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

__all__ = ["NEWEST", "RECOMMENDED", "SUPPORTED", "VERSIONS", "KubernetesVersion", "why_not"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KubernetesVersion:
    """One minor version on EKS. `supported` says whether this platform renders for it."""

    name: str
    standard_until: dt.date
    supported: bool
    exact: bool = True


VERSIONS = {
    one.name: one
    for one in (
        KubernetesVersion(name="1.32", standard_until=dt.date(2026, 3, 23), supported=False),
        KubernetesVersion(name="1.33", standard_until=dt.date(2026, 7, 29), supported=False),
        KubernetesVersion(name="1.34", standard_until=dt.date(2026, 12, 2), supported=True),
        KubernetesVersion(name="1.35", standard_until=dt.date(2027, 3, 27), supported=True, exact=False),
        KubernetesVersion(name="1.36", standard_until=dt.date(2027, 8, 1), supported=True, exact=False),
    )
}
SUPPORTED = tuple(name for name, version in VERSIONS.items() if version.supported)
NEWEST = SUPPORTED[-1]
# For new clusters: the newest that eksctl 0.230, which creates them, knows.
RECOMMENDED = "1.35"


def why_not(name: str) -> str | None:
    """Why a cluster cannot run that version; None if it can."""
    version = VERSIONS.get(name)
    choice = ", ".join(f'"{one}"' for one in SUPPORTED)
    if version is None:
        return f"Kubernetes '{name}' is not a version that this platform knows: choose {choice}"
    if not version.supported:
        ended = version.standard_until.isoformat()
        return f"Kubernetes {name} left EKS standard support on {ended} and costs extra since: choose {choice}"
    return None
