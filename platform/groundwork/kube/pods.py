"""The pieces of a pod that a component chooses: resources, replicas, probes, volumes, placement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundwork.catalog.quantities import parse_quantity

__all__ = ["Placement", "Probes", "Replicas", "Resources", "Storage", "Volume"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What a container asks for. Memory is both request and limit; CPU has no limit, because throttling helps nobody.

    `accelerators` are extended resources, for example {"nvidia.com/gpu": 4}.
    """

    cpu: str
    memory: str
    scratch: str = "1Gi"
    accelerators: Mapping[str, int] = field(default_factory=dict)

    def manifest(self) -> dict[str, Any]:
        """The container's `resources`."""
        devices = {name: str(count) for name, count in self.accelerators.items()}
        requests = {"cpu": self.cpu, "memory": self.memory, "ephemeral-storage": self.scratch, **devices}
        return {"requests": requests, "limits": {"memory": self.memory, "ephemeral-storage": self.scratch, **devices}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Replicas:
    """How many pods run. Between `at_least` and `at_most` an autoscaler decides, and Git says no number."""

    at_least: int = 1
    at_most: int | None = None

    @property
    def scaled(self) -> bool:
        """Whether an autoscaler owns the number."""
        return self.at_most is not None

    @property
    def peak(self) -> int:
        """The most pods at once, rollouts apart."""
        return self.at_most or self.at_least


@dataclass(frozen=True, kw_only=True, slots=True)
class Probes:
    """Startup, readiness and liveness of a container, each a Kubernetes probe."""

    startup: dict[str, Any]
    readiness: dict[str, Any]
    liveness: dict[str, Any]

    @classmethod
    def http(cls, port: str, *, ready: str, live: str | None = None, within: int = 120) -> Probes:
        """GET on paths of a named port. The container has `within` seconds to start before it is restarted."""
        return cls._of({"path": ready, "port": port}, {"path": live or ready, "port": port}, "httpGet", within)

    @classmethod
    def tcp(cls, port: str, *, within: int = 120) -> Probes:
        """The port accepts connections."""
        return cls._of({"port": port}, {"port": port}, "tcpSocket", within)

    @classmethod
    def grpc(cls, port: int, *, within: int = 120) -> Probes:
        """GRPC's own health protocol; Kubernetes wants the port's number."""
        return cls._of({"port": port}, {"port": port}, "grpc", within)

    @classmethod
    def command(cls, *command: str, within: int = 120) -> Probes:
        """A command inside the container exits with 0."""
        return cls._of({"command": list(command)}, {"command": list(command)}, "exec", within)

    def alive(self, port: str, path: str) -> Probes:
        """The same, but asked elsewhere whether the container lives, and has started."""
        get = {"httpGet": {"path": path, "port": port}}
        asked = ("httpGet", "tcpSocket", "exec")
        startup = {key: value for key, value in self.startup.items() if key not in asked}
        liveness = {key: value for key, value in self.liveness.items() if key not in asked}
        return Probes(startup=get | startup, readiness=self.readiness, liveness=get | liveness)

    @classmethod
    def _of(cls, ready: dict[str, Any], live: dict[str, Any], kind: str, within: int) -> Probes:
        return cls(
            startup={kind: ready, "periodSeconds": 5, "timeoutSeconds": 5, "failureThreshold": -(-within // 5)},
            readiness={kind: ready, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 3},
            liveness={kind: live, "periodSeconds": 20, "timeoutSeconds": 5, "failureThreshold": 6},
        )

    def manifest(self) -> dict[str, Any]:
        """The container's three probes."""
        return {"startupProbe": self.startup, "readinessProbe": self.readiness, "livenessProbe": self.liveness}


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """A volume and where the container sees it."""

    name: str
    mount: str
    source: Mapping[str, Any]
    read_only: bool = False

    @classmethod
    def scratch(cls, name: str, mount: str, size: str) -> Volume:
        """Space on the node's disk, gone with the pod."""
        return cls(name=name, mount=mount, source={"emptyDir": {"sizeLimit": size}})

    @classmethod
    def memory(cls, name: str, mount: str, size: str) -> Volume:
        """Space in memory; it counts towards the container's memory limit."""
        return cls(name=name, mount=mount, source={"emptyDir": {"medium": "Memory", "sizeLimit": size}})

    @classmethod
    def secret(cls, name: str, mount: str, secret: str) -> Volume:
        """The keys of a Secret as files."""
        return cls(name=name, mount=mount, source={"secret": {"secretName": secret}}, read_only=True)

    @classmethod
    def config_map(cls, name: str, mount: str, config_map: str) -> Volume:
        """The keys of a ConfigMap as files."""
        return cls(name=name, mount=mount, source={"configMap": {"name": config_map}}, read_only=True)

    @classmethod
    def host(cls, name: str, path: str, *, read_only: bool) -> Volume:
        """A folder of the node, where it is; made if it may be written to. A policy asks for the reason."""
        kind = "Directory" if read_only else "DirectoryOrCreate"
        return cls(name=name, mount=path, source={"hostPath": {"path": path, "type": kind}}, read_only=read_only)

    def volume(self) -> dict[str, Any]:
        """The pod's volume."""
        return {"name": self.name, **self.source}

    def volume_mount(self) -> dict[str, Any]:
        """The container's mount."""
        mount: dict[str, Any] = {"name": self.name, "mountPath": self.mount}
        return mount | ({"readOnly": True} if self.read_only else {})


@dataclass(frozen=True, kw_only=True, slots=True)
class Storage:
    """A disk of its own for each pod of a StatefulSet; it outlives the pod."""

    name: str
    mount: str
    size: str

    def claim(self, storage_class: str) -> dict[str, Any]:
        """The claim template."""
        return {
            "metadata": {"name": self.name},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": storage_class,
                "resources": {"requests": {"storage": self.size}},
            },
        }


_NOT_SPOT = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {"matchExpressions": [{"key": "karpenter.sh/capacity-type", "operator": "NotIn", "values": ["spot"]}]}
            ]
        }
    }
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Which nodes a pod may run on. Empty means the general-purpose pools.

    A `lasting` one keeps away from spot machines, also where its pool buys some.
    """

    selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = ()
    lasting: bool = False

    def manifest(self) -> dict[str, Any]:
        """The pod's `nodeSelector`, `tolerations` and `affinity`, where there are any."""
        selector = {"nodeSelector": dict(self.selector)} if self.selector else {}
        tolerations = {"tolerations": [dict(one) for one in self.tolerations]} if self.tolerations else {}
        return selector | tolerations | ({"affinity": _NOT_SPOT} if self.lasting else {})


def total(resources: Resources, times: int) -> dict[str, Any]:
    """The sum over `times` pods: cores, bytes and devices, as exact numbers."""
    devices = {name: count * times for name, count in resources.accelerators.items()}
    return {"cpu": parse_quantity(resources.cpu) * times, "memory": parse_quantity(resources.memory) * times, **devices}
