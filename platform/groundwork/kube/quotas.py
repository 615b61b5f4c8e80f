"""ResourceQuota and LimitRange of every namespace: what the declared workloads need at their peak, and some room.

A tenant's quota is what its declaration says. The platform's own follow from what is declared: they stop what nobody
declared from growing, and a reviewer sees them move. That of pipelines has room for whatever their queue may admit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from groundwork.catalog.quantities import cpu_text, memory_text, parse_quantity
from groundwork.fleet.cluster import Jobs
from groundwork.fleet.site import Site
from groundwork.kube.rendering import Demand, Made, Rendering

__all__ = ["PIPELINES", "PLATFORM", "for_jobs", "objects"]

PIPELINES = "ai-pipelines"
# Part of the platform's layout even where no component lives in them yet, so that people find them.
PLATFORM = ("ai-agents", "ai-data", "ai-gateway", "ai-inference", PIPELINES, "observability")

# Room above the declared peak for pods that a rollout or a person's debugging adds.
_ROOM = Fraction(5, 4)
_POD_ROOM = 10
# Of what the general pools may buy, so much is for jobs; the rest is the platform's own.
_FOR_JOBS = Fraction(1, 2)
# Jobs of a quarter of a core each.
_JOBS_PER_CORE = 4


def for_jobs(site: Site) -> tuple[Fraction, Fraction]:
    """Cores and bytes for jobs of tenants and pipelines together: never less than tenants were promised."""
    promised_cpu = sum((Fraction(tenant.quota.cpu) for tenant in site.tenants), Fraction(0))
    promised_memory = sum((parse_quantity(tenant.quota.memory) for tenant in site.tenants), Fraction(0))
    capacity = site.cluster.capacity
    return (
        max(promised_cpu, capacity.cpu * _FOR_JOBS),
        max(promised_memory, parse_quantity(capacity.memory) * _FOR_JOBS),
    )


def objects(site: Site, renderings: Iterable[Rendering]) -> list[Made]:
    """The ResourceQuotas and LimitRanges of a cluster."""
    demands: dict[str, list[Demand]] = defaultdict(list)
    for rendering in renderings:
        for demand in rendering.demands:
            demands[demand.namespace].append(demand)
    source = f"clusters/{site.name}.yaml"
    tenants = {tenant.namespace: tenant for tenant in site.tenants}
    made = []
    for namespace in sorted({*demands, *PLATFORM} - {*tenants}):
        hard = _hard(demands[namespace])
        if namespace == PIPELINES and site.cluster.jobs:
            hard = _with_jobs(hard, site, site.cluster.jobs)
        made.append(Made(_quota(namespace, hard), source))
        made.append(Made(_limits(namespace), source))
    for namespace, tenant in sorted(tenants.items()):
        origin = f"{tenant.folder}/{tenant.name}.yaml"
        hard = {
            "requests.cpu": str(tenant.quota.cpu),
            "requests.memory": tenant.quota.memory,
            "limits.memory": tenant.quota.memory,
            "requests.nvidia.com/gpu": str(tenant.quota.gpu if site.cluster.jobs else 0),
            "pods": str(_JOBS_PER_CORE * tenant.quota.cpu),
        }
        made.append(Made(_quota(namespace, hard), origin))
        made.append(Made(_limits(namespace), origin))
    return made


def _hard(demands: Iterable[Demand]) -> dict[str, str]:
    cpu = memory = Fraction(0)
    pods = 0
    devices: dict[str, int] = defaultdict(int)
    for demand in demands:
        count = demand.replicas.peak + (1 if demand.surge else 0)
        pods += count
        cpu += _of_one_pod(demand, "cpu") * count
        memory += _of_one_pod(demand, "memory") * count
        for resources in demand.resources:
            for device, number in resources.accelerators.items():
                devices[device] += number * count
    room = {
        "requests.cpu": cpu_text(Fraction(-(-cpu * _ROOM // 1))),
        "requests.memory": memory_text(memory * _ROOM),
        "limits.memory": memory_text(memory * _ROOM),
        "pods": str(pods + _POD_ROOM),
    }
    return room | {f"requests.{device}": str(number) for device, number in sorted(devices.items())}


def _with_jobs(hard: dict[str, str], site: Site, jobs: Jobs) -> dict[str, str]:
    """A quota with room for all jobs of the cluster: pipelines may borrow what tenants leave."""
    cpu, memory = for_jobs(site)
    total = memory_text(parse_quantity(hard["requests.memory"]) + memory)
    return {
        **hard,
        "requests.cpu": cpu_text(parse_quantity(hard["requests.cpu"]) + cpu),
        "requests.memory": total,
        "limits.memory": total,
        "pods": str(int(hard["pods"]) + int(_JOBS_PER_CORE * cpu)),
        "requests.nvidia.com/gpu": str(jobs.count),
    }


def _of_one_pod(demand: Demand, resource: str) -> Fraction:
    """What the scheduler reserves: the sum of what runs together, or the largest of what runs before if that is more."""
    together = sum((parse_quantity(getattr(one, resource)) for one in demand.resources), Fraction(0))
    return max(together, *(parse_quantity(getattr(one, resource)) for one in demand.before), Fraction(0))


def _quota(namespace: str, hard: dict[str, str]) -> dict[str, Any]:
    metadata = {"name": "quota", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}}


def _limits(namespace: str) -> dict[str, Any]:
    """Defaults for containers that say nothing, so that a quota on memory does not refuse them."""
    default = {"memory": "256Mi"}
    request = {"cpu": "50m", "memory": "256Mi"}
    return {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "defaults", "namespace": namespace},
        "spec": {"limits": [{"type": "Container", "default": default, "defaultRequest": request}]},
    }
