"""EC2's vCPU quotas, and how much of each NodePools may use: what an account must be allowed before machines can come."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from groundwork.catalog.instances import InstanceType, instance_types
from groundwork.catalog.quantities import parse_quantity

__all__ = ["ELASTIC_IPS", "Quota", "by_short_name", "of_family", "of_instance_type", "of_node_pools"]

_FILE = Path(__file__).with_name("ec2_quotas.yaml")
_STANDARD = "Standard (A, C, D, H, I, M, R, T, Z)"


@dataclass(frozen=True, slots=True, order=True)
class Quota:
    """One quota: its code at AWS, and what the console calls it."""

    name: str
    code: str


# One per NAT gateway. Five are allowed in a region until somebody asks for more.
ELASTIC_IPS = Quota("EC2-VPC Elastic IPs", "L-0263D0A3")


@functools.cache
def by_short_name() -> Mapping[str, Quota]:
    """Every quota by the name that declarations give it: standard-on-demand, g-spot, elastic-ips."""
    kinds = {"on-demand": False, "spot": True}
    found = {
        f"{entry['short']}-{kind}": _quota(name, spot=spot)
        for name, entry in _entries().items()
        for kind, spot in kinds.items()
    }
    return {**found, "elastic-ips": ELASTIC_IPS}


def of_family(family: str, *, spot: bool) -> Quota:
    """The quota that machines of a family count towards."""
    return _quota(_kind(family), spot=spot)


def of_node_pools(pools: Iterable[Mapping[str, Any]]) -> Counter[Quota]:
    """How many vCPUs the limits of these NodePools (as bodies) add up to, by quota.

    A pool that may buy on demand and on the spot market counts towards both: it may come to use only one of them.

    Raises:
        ValueError: a pool limits neither cpu nor devices.
    """
    sums: Counter[Quota] = Counter()
    for pool in pools:
        wanted = _requirements(pool)
        capacity = wanted.get("capacity-type", ["on-demand"])
        for spot in {one == "spot" for one in capacity}:
            for name in {_kind(family) for family in _families(wanted)} or {_STANDARD}:
                sums[_quota(name, spot=spot)] += _vcpus(pool, wanted)
    return sums


def of_instance_type(name: str, count: int) -> Counter[Quota]:
    """The vCPUs of so many machines of one type, bought on demand.

    Raises:
        KeyError: no such type.
    """
    machine = instance_types()[name]
    return Counter({_quota(_kind(machine.family), spot=False): machine.vcpu * count})


def _requirements(pool: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a pool demands of machines, by the label without its dialect."""
    requirements = pool["spec"]["template"]["spec"].get("requirements", ())
    return {one["key"].rpartition("/")[2]: one.get("values", []) for one in requirements if one["operator"] == "In"}


def _families(wanted: Mapping[str, list[str]]) -> set[str]:
    return {*wanted.get("instance-family", ()), *(one.partition(".")[0] for one in wanted.get("instance-type", ()))}


def _kind(family: str) -> str:
    letters = "".join(itertools.takewhile(str.isalpha, family))
    return next((name for name, entry in _entries().items() if letters in entry["families"]), _STANDARD)


def _quota(name: str, *, spot: bool) -> Quota:
    code = _entries()[name]["spot" if spot else "onDemand"]
    return Quota(f"All {name} Spot Instance Requests" if spot else f"Running On-Demand {name} instances", code)


def _vcpus(pool: Mapping[str, Any], wanted: Mapping[str, list[str]]) -> int:
    limits: dict[str, Any] = pool["spec"].get("limits") or {}
    if "cpu" in limits:
        return int(parse_quantity(str(limits["cpu"])))
    machines = [one for one in instance_types().values() if one.family in _families(wanted)]
    bounds = [
        int(parse_quantity(str(most))) * max(vcpus)
        for resource, most in limits.items()
        if (vcpus := [_vcpus_per_device(one, resource) for one in machines if one.extended_resources.get(resource)])
    ]
    if not bounds:
        raise ValueError(f"the NodePool {pool['metadata']['name']} limits neither cpu nor devices: nothing bounds it")
    return min(bounds)


def _vcpus_per_device(machine: InstanceType, resource: str) -> int:
    return -(-machine.vcpu // machine.extended_resources[resource])


@functools.cache
def _entries() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.load(_FILE.read_text(), Loader=yaml.CSafeLoader)
    return loaded
