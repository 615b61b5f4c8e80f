"""Node pools: which machines Karpenter may buy, one pool per kind of capacity, so that no pod lands on the wrong kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from groundwork.catalog import versions
from groundwork.catalog.accelerators import Accelerator, accelerator
from groundwork.catalog.instances import of_families
from groundwork.catalog.quantities import memory_text, parse_quantity
from groundwork.fleet.cluster import Cluster
from groundwork.fleet.hardware import Hardware
from groundwork.fleet.model import Model
from groundwork.kube import aws, mesh
from groundwork.kube.component import Component
from groundwork.kube.pods import Placement
from groundwork.kube.stage import Stage

__all__ = ["ACCELERATOR", "NodePools", "accelerator_placement", "accelerator_pool"]

ACCELERATOR = "groundwork.dev/accelerator"
# The GPU operator divides the GPUs of a node that has it.
MIG_CONFIG = "nvidia.com/mig.config"

_GI = 1024**3
_LABELS = {"auto": "eks.amazonaws.com", "karpenter": "karpenter.k8s.aws"}
# What a GPU node holds besides weights: the serving image (10 GB packed, 25 GB unpacked), logs, caches.
_ROOM_ON_DISK = 100 * _GI
# A model loads for up to an hour; a node that looks empty meanwhile must not be taken away.
_PATIENCE = "1h"


def accelerator_placement(hardware: Hardware, cluster: Cluster) -> Placement:
    """Where the pods of a model run: the pool of its accelerator, whose taint keeps everything else away.

    A pool may buy spot machines for one model and hold others that must not be taken away: each pod says which it is.
    """
    return Placement(
        selector={ACCELERATOR: hardware.kind},
        tolerations=[{"key": hardware.device.resource, "operator": "Equal", "value": "true", "effect": "NoSchedule"}],
        lasting=cluster.environment == "production" and not hardware.spot,
    )


def accelerator_pool(name: str, profile: str | None = None) -> str:
    """The name of an accelerator's pool, or of the pool whose GPUs are divided into slices of that MIG profile."""
    kind = f"{'gpu' if accelerator(name).vendor == 'nvidia' else 'neuron'}-{name}"
    return f"{kind}-{profile}" if profile else kind


@dataclass(frozen=True, kw_only=True)
class _Pool:
    name: str
    requirements: list[dict[str, Any]]
    limits: dict[str, str]
    disruption: dict[str, Any]
    expire_after: str
    disk: str
    weight: int | None = None
    labels: dict[str, str] | None = None
    taint: str | None = None


class NodePools(Component):
    """General-purpose pools (Graviton before x86) and one pool per kind of accelerator that models and jobs ask for.

    Labels differ by node mode and match nothing in the other, so each pool speaks one dialect. Every pool has limits: they
    are what stops a runaway autoscaler from spending.
    """

    stage = Stage.CAPACITY
    namespace = "kube-system"

    def render(self) -> None:
        for pool in (*self._general(), *self._accelerated()):
            self._node_class(pool)
            self._node_pool(pool)
        self._slices()

    def _general(self) -> list[_Pool]:
        capacity = self.cluster.capacity
        half = {"cpu": str(capacity.cpu // 2), "memory": memory_text(parse_quantity(capacity.memory) / 2)}
        return [self._general_pool(arch, half, weight) for arch, weight in (("arm64", 50), ("amd64", 10))]

    def _general_pool(self, arch: str, limits: dict[str, str], weight: int) -> _Pool:
        return _Pool(
            name=f"general-{arch}",
            requirements=[
                _one_of("kubernetes.io/arch", arch),
                _one_of("karpenter.sh/capacity-type", *self._capacity_types()),
                _one_of(self._label("instance-category"), "c", "m", "r"),
                {"key": self._label("instance-generation"), "operator": "Gt", "values": ["5"]},
                _one_of(self._label("instance-size"), "large", "xlarge", "2xlarge", "4xlarge"),
            ],
            limits=limits,
            disruption={
                "consolidationPolicy": "WhenEmptyOrUnderutilized",
                "consolidateAfter": "5m",
                "budgets": [{"nodes": "10%"}],
            },
            expire_after="336h",
            disk="80Gi",
            weight=weight,
        )

    def _accelerated(self) -> list[_Pool]:
        asked_for = self._asked_for() | ({(self.cluster.jobs.gpu, "")} if self.cluster.jobs else set())
        return [self._accelerator_pool(accelerator(name), profile) for name, profile in sorted(asked_for)]

    def _asked_for(self) -> set[tuple[str, str]]:
        """Each accelerator that a model asks for, with the profile of its slice if it is divided."""
        return {(one.hardware.device.name, one.hardware.slice or "") for one in self.site.accelerated}

    def _accelerator_pool(self, kind: Accelerator, profile: str) -> _Pool:
        label = f"{kind.name}-{profile}" if profile else kind.name
        models = [model for model in self.site.accelerated if model.hardware.kind == label]
        devices = self._devices(kind, profile, models)
        slices = {f"nvidia.com/mig-{profile}": str(devices * kind.slices[profile])} if profile else {}
        return _Pool(
            name=accelerator_pool(kind.name, profile),
            requirements=[
                _one_of("kubernetes.io/arch", "amd64"),
                _one_of("karpenter.sh/capacity-type", *self._capacity_types(any(one.hardware.spot for one in models))),
                _one_of(self._label("instance-family"), *self._families(kind)),
                _one_of(self._label(kind.label_key), kind.label),
            ],
            limits={kind.resource: str(devices), **slices, **_host_limits(kind, devices)},
            disruption={
                "consolidationPolicy": "WhenEmpty",
                "consolidateAfter": _PATIENCE,
                "budgets": [{"nodes": "1"}],
            },
            expire_after="720h",
            disk=_disk(kind, models),
            labels={ACCELERATOR: label, **({MIG_CONFIG: f"all-{profile}"} if profile else {})},
            taint=kind.resource,
        )

    def _devices(self, kind: Accelerator, profile: str, models: Sequence[Model]) -> int:
        """All replicas of all models at once, and what is kept for jobs; in whole machines, of which Karpenter buys no part."""
        wanted = sum(model.replicas.max * model.hardware.devices for model in models)
        largest = max((1 if profile else model.hardware.count for model in models), default=1)
        jobs = self.cluster.jobs
        if profile:
            wanted = -(-wanted // kind.slices[profile])
        elif jobs and jobs.gpu == kind.name:
            wanted += jobs.count
        offered = (kind.devices(one) for one in of_families(tuple(self._families(kind))))
        smallest = min((devices for devices in offered if devices >= largest), default=1)
        return -(-wanted // smallest) * smallest

    def _slices(self) -> None:
        """Tell Karpenter what a node of divided GPUs will have; it knows whole ones only, and would buy none for a slice."""
        for name, profile in sorted(self._asked_for()):
            kind = accelerator(name)
            for gpus in sorted({one.gpus for one in kind.instance_types}) if profile else ():
                pool = accelerator_pool(kind.name, profile)
                self.cluster_object(
                    "karpenter.sh/v1alpha1",
                    "NodeOverlay",
                    f"{pool}-{gpus}",
                    spec={
                        "requirements": [
                            _one_of("karpenter.sh/nodepool", pool),
                            _one_of(self._label("instance-gpu-count"), str(gpus)),
                        ],
                        "capacity": {f"nvidia.com/mig-{profile}": str(gpus * kind.slices[profile])},
                    },
                )

    def _families(self, kind: Accelerator) -> list[str]:
        """The families of the accelerator that the region has; Karpenter would try the others in vain."""
        return [family for family in kind.families if family in self.site.region.families]

    def _capacity_types(self, spot: bool = False) -> tuple[str, ...]:  # noqa: FBT001, FBT002 - one of two answers
        """Karpenter takes what is reserved first, then spot, then on demand.

        Production keeps what it has, unless a model says that an interruption is worth the price; elsewhere it always is.
        """
        keeps = self.cluster.environment == "production" and not spot
        return ("on-demand", "reserved") if keeps else ("on-demand", "reserved", "spot")

    def _label(self, name: str) -> str:
        return f"{_LABELS[self.cluster.nodes]}/{name}"

    def _node_pool(self, pool: _Pool) -> None:
        group, kind = (
            ("eks.amazonaws.com", "NodeClass")
            if self.cluster.nodes == "auto"
            else ("karpenter.k8s.aws", "EC2NodeClass")
        )
        spec: dict[str, Any] = {
            "nodeClassRef": {"group": group, "kind": kind, "name": pool.name},
            "requirements": pool.requirements,
            "expireAfter": pool.expire_after,
            "terminationGracePeriod": "24h",
        }
        if pool.taint:
            spec["taints"] = [{"key": pool.taint, "value": "true", "effect": "NoSchedule"}]
        if self.cluster.mesh:
            # A pod that starts before the mesh's agent would be outside, and refused. istiod takes it off.
            spec["startupTaints"] = [{"key": mesh.NOT_READY, "effect": "NoSchedule"}]
        template: dict[str, Any] = {"metadata": {"labels": pool.labels}} if pool.labels else {}
        weight = {"weight": pool.weight} if pool.weight else {}
        self.cluster_object(
            "karpenter.sh/v1",
            "NodePool",
            pool.name,
            spec={
                "template": {**template, "spec": spec},
                "limits": pool.limits,
                "disruption": pool.disruption,
                **weight,
            },
        )

    def _node_class(self, pool: _Pool) -> None:
        subnets = {"alpha.eksctl.io/cluster-name": self.site.name, "kubernetes.io/role/internal-elb": "1"}
        common: dict[str, Any] = {
            "role": aws.node_role(self.site),
            "subnetSelectorTerms": [{"tags": subnets}],
            "securityGroupSelectorTerms": [{"tags": {"aws:eks:cluster-name": self.site.name}}],
            "tags": {"groundwork/cluster": self.site.name, "groundwork/pool": pool.name},
        }
        if self.cluster.nodes == "auto":
            self.cluster_object("eks.amazonaws.com/v1", "NodeClass", pool.name, spec=common | _auto(pool))
        else:
            self.cluster_object(
                "karpenter.k8s.aws/v1", "EC2NodeClass", pool.name, spec=common | self._self_managed(pool)
            )

    def _self_managed(self, pool: _Pool) -> dict[str, Any]:
        volume = {
            "volumeSize": pool.disk,
            "volumeType": "gp3",
            "encrypted": True,
            "deleteOnTermination": True,
            "iops": 3000,
            "throughput": 250,
        }
        return {
            "amiSelectorTerms": [{"alias": f"al2023@{versions.ami('al2023', self.cluster.channel)}"}],
            "blockDeviceMappings": [{"deviceName": "/dev/xvda", "rootVolume": True, "ebs": volume}],
            "instanceStorePolicy": "RAID0",
            # One hop: a pod in its own network namespace cannot reach the node's credentials.
            "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        }


def _auto(pool: _Pool) -> dict[str, Any]:
    """Auto Mode encrypts disks and joins local NVMe disks by itself."""
    return {
        "ephemeralStorage": {"size": pool.disk, "iops": 3000, "throughput": 250},
        "networkPolicy": "DefaultAllow",
        "networkPolicyEventLogs": "Enabled",
    }


def _one_of(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}


def _host_limits(kind: Accelerator, devices: int) -> dict[str, str]:
    """CPU and memory of the machines that hold the devices: the largest machine per device bounds it."""
    machines = [one for one in of_families(kind.families) if one.gpus or one.neuron_chips]
    largest_cpu = max(Fraction(one.vcpu, one.gpus or one.neuron_chips) for one in machines)
    largest_memory = max(Fraction(one.memory_mib, one.gpus or one.neuron_chips) for one in machines)
    return {
        "cpu": str(int(-(-largest_cpu * devices // 1))),
        "memory": memory_text(largest_memory * devices * 1024**2),
    }


def _disk(kind: Accelerator, models: Iterable[Model]) -> str:
    """Weights go to the node's own NVMe disks where every machine of the kind has them; else this disk takes them."""
    elsewhere = all(one.local_nvme_gb for one in kind.instance_types)
    largest = max((Fraction(one.architecture.bytes_of_weights) for one in models if not elsewhere), default=Fraction(0))
    return f"{int(-(-(largest * 11 / 10 + _ROOM_ON_DISK) // _GI))}Gi"
