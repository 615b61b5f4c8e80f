"""A workload: pods with everything that each of ours has, so that a component says only what is particular to it.

Deployment or StatefulSet, ServiceAccount, Service, ConfigMap, PodDisruptionBudget, monitor; restricted security context,
probes, spread over zones, no service-link variables, no API token unless asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from groundwork.catalog.versions import Image
from groundwork.kube.labels import CONFIG_HASH, SYNC_WAVE, selector_labels, workload_labels
from groundwork.kube.pods import Placement, Probes, Replicas, Resources, Storage, Volume
from groundwork.kube.ports import Port
from groundwork.kube.rendering import Demand

__all__ = ["Init", "Sidecar", "Workload"]

Env = Mapping[str, str | dict[str, Any]]

_ARCH = "kubernetes.io/arch"


@dataclass(frozen=True, kw_only=True)
class Init:
    """A container that runs to its end before the workload's own starts. It sees the workload's volumes.

    `within` is how many seconds that may take; a rollout is given them on top of the workload's own start.
    """

    name: str
    image: Image
    resources: Resources
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Env = field(default_factory=dict)
    within: int = 0


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A container beside the workload's own: an exporter, for example. Of the pod's volumes it sees only its own."""

    name: str
    image: Image
    resources: Resources
    ports: Sequence[Port] = ()
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Env = field(default_factory=dict)
    probes: Probes | None = None
    volumes: Sequence[Volume] = ()


@dataclass(frozen=True, kw_only=True)
class Workload:
    """What a component says of a workload; `manifests` gives the objects. Components call `Component.workload`.

    Args:
        user: the numeric user that the image runs as.
        storage: makes it a StatefulSet, each pod with disks of its own.
        surge: whether a rollout may add a pod before it takes one away; never where that costs another GPU node.
        api_access: mounts the ServiceAccount's token.
        writable: paths the process writes to; everything else is read-only.
        lingers: seconds that a pod goes on taking requests when it is told to leave: a load balancer hears of it late.
        patience: seconds a pod has after that to finish its requests.
        wave: Argo CD's sync wave of the pods, inside the component: they wait for all of the lower ones.
    """

    name: str
    namespace: str
    component: str
    image: Image
    resources: Resources
    probes: Probes
    replicas: Replicas = Replicas()
    ports: Sequence[Port] = ()
    command: Sequence[str] = ()
    args: Sequence[str] = ()
    env: Env = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    config_mount: str = "/etc/groundwork"
    volumes: Sequence[Volume] = ()
    storage: Sequence[Storage] = ()
    inits: Sequence[Init] = ()
    sidecars: Sequence[Sidecar] = ()
    placement: Placement = Placement()
    priority: str = "platform"
    user: int = 65532
    surge: bool = True
    api_access: bool = False
    writable: Sequence[str] = ("/tmp",)  # noqa: S108 - a path inside the container
    lingers: int = 0
    patience: int = 30
    wave: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    registry: str | None = None
    storage_class: str = "standard"

    @property
    def all_ports(self) -> list[Port]:
        """Ports of all containers."""
        return [*self.ports, *(port for sidecar in self.sidecars for port in sidecar.ports)]

    @property
    def scraped(self) -> list[Port]:
        """Ports that Prometheus scrapes."""
        return [port for port in self.all_ports if port.metrics]

    @property
    def demand(self) -> Demand:
        """What its pods ask for at most."""
        containers = (self.resources, *(one.resources for one in self.sidecars))
        return Demand(
            namespace=self.namespace,
            replicas=self.replicas,
            resources=containers,
            surge=self.surge,
            before=tuple(one.resources for one in self.inits),
        )

    def manifests(self) -> list[dict[str, Any]]:
        """All objects of the workload, in the order in which a reader wants to see them."""
        objects = [self._controller(), self._service_account()]
        if any(port.served for port in self.all_ports):
            objects.append(self._service())
        if self.config:
            objects.append(self._object("v1", "ConfigMap", data=dict(self.config)))
        if self.replicas.peak > 1:
            objects.append(self._disruption_budget())
        if self.scraped:
            objects.append(self._monitor())
        return objects

    def _object(self, api_version: str, kind: str, **body: Any) -> dict[str, Any]:
        metadata = {"name": self.name, "namespace": self.namespace, "labels": self._labels()}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}

    def _labels(self) -> dict[str, str]:
        return {**workload_labels(self.name, self.component), **self.labels}

    def _controller(self) -> dict[str, Any]:
        spec: dict[str, Any] = {} if self.replicas.scaled else {"replicas": self.replicas.at_least}
        spec |= {
            "selector": {"matchLabels": selector_labels(self.name)},
            **self._rollout(),
            "template": self._template(),
        }
        controller = self._object("apps/v1", "StatefulSet" if self.storage else "Deployment", spec=spec)
        if self.wave:
            controller["metadata"]["annotations"] = {SYNC_WAVE: str(self.wave)}
        return controller

    def _rollout(self) -> dict[str, Any]:
        if self.storage:
            return {
                "serviceName": self.name,
                "podManagementPolicy": "OrderedReady",
                "updateStrategy": {"type": "RollingUpdate"},
                "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
                "volumeClaimTemplates": [one.claim(self.storage_class) for one in self.storage],
            }
        surge, unavailable = (1, 0) if self.surge else (0, 1)
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
        # Longer than the startup probe allows, or a slow start counts as a failed rollout.
        startup = self.probes.startup
        slowest = startup["periodSeconds"] * startup["failureThreshold"] + sum(one.within for one in self.inits)
        deadline = max(600, 2 * slowest)
        return {"strategy": strategy, "revisionHistoryLimit": 3, "progressDeadlineSeconds": deadline}

    def _template(self) -> dict[str, Any]:
        annotations = dict(self.annotations)
        if self.config:
            annotations[CONFIG_HASH] = _digest(self.config)
        metadata: dict[str, Any] = {"labels": self._labels()}
        return {"metadata": metadata | ({"annotations": annotations} if annotations else {}), "spec": self._pod()}

    def _pod(self) -> dict[str, Any]:
        pod: dict[str, Any] = {
            "serviceAccountName": self.name,
            "automountServiceAccountToken": self.api_access,
            "enableServiceLinks": False,
            "priorityClassName": self.priority,
            "terminationGracePeriodSeconds": self.lingers + self.patience,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": self.user,
                "runAsGroup": self.user,
                "fsGroup": self.user,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        }
        placement = self._placement().manifest()
        if self.replicas.peak > 1:
            pod["topologySpreadConstraints"] = [
                self._spread("topology.kubernetes.io/zone"),
                self._spread("kubernetes.io/hostname"),
            ]
        if self.inits:
            pod["initContainers"] = [self._init(one) for one in self.inits]
        pod["containers"] = [self._main(), *(self._sidecar(one) for one in self.sidecars)]
        beside = [volume for sidecar in self.sidecars for volume in sidecar.volumes]
        volumes = list({one.name: one.volume() for one in (*self._volumes(), *beside)}.values())
        return pod | placement | ({"volumes": volumes} if volumes else {})

    def _placement(self) -> Placement:
        """Where every image of the pod exists for both architectures Karpenter chooses; else it is told which one."""
        arch = set(self.image.arch)
        for image in (*(one.image for one in self.inits), *(one.image for one in self.sidecars)):
            arch &= set(image.arch)
        if not arch:
            message = f"{self.name}: its images have no arch in common, so no node can run the pod"
            raise ValueError(message)
        if len(arch) != 1 or _ARCH in self.placement.selector:
            return self.placement
        return replace(self.placement, selector={_ARCH: arch.pop(), **self.placement.selector})

    def _spread(self, key: str) -> dict[str, Any]:
        return {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": selector_labels(self.name)},
        }

    def _main(self) -> dict[str, Any]:
        container = self._container(self.name, self.image, self.command, self.args, self.env)
        if self.ports:
            container["ports"] = [_container_port(port) for port in self.ports]
        if self.lingers:
            container["lifecycle"] = {"preStop": {"sleep": {"seconds": self.lingers}}}
        return container | {"resources": self.resources.manifest(), **self.probes.manifest(), **self._mounts()}

    def _init(self, init: Init) -> dict[str, Any]:
        container = self._container(init.name, init.image, init.command, init.args, init.env)
        return container | {"resources": init.resources.manifest(), **self._mounts()}

    def _sidecar(self, sidecar: Sidecar) -> dict[str, Any]:
        container = self._container(sidecar.name, sidecar.image, sidecar.command, sidecar.args, sidecar.env)
        probes = sidecar.probes
        if sidecar.ports:
            container["ports"] = [_container_port(port) for port in sidecar.ports]
            probes = probes or Probes.tcp(sidecar.ports[0].name)
        mounts = {"volumeMounts": [one.volume_mount() for one in sidecar.volumes]} if sidecar.volumes else {}
        return container | {
            "resources": sidecar.resources.manifest(),
            **(probes.manifest() if probes else {}),
            **mounts,
        }

    def _container(
        self, name: str, image: Image, command: Sequence[str], args: Sequence[str], env: Env
    ) -> dict[str, Any]:
        container: dict[str, Any] = {
            "name": name,
            "image": image.reference(self.registry),
            "imagePullPolicy": "IfNotPresent",
        }
        if command:
            container["command"] = list(command)
        if args:
            container["args"] = list(args)
        if env:
            container["env"] = [_env(key, env[key]) for key in sorted(env)]
        container["securityContext"] = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        return container

    def _volumes(self) -> list[Volume]:
        volumes = list(self.volumes)
        if self.config:
            volumes.append(Volume.config_map("config", self.config_mount, self.name))
        writable = [Volume.scratch(_volume_name(path), path, "1Gi") for path in self.writable]
        return volumes + writable

    def _mounts(self) -> dict[str, Any]:
        mounts = [volume.volume_mount() for volume in self._volumes()]
        mounts += [{"name": one.name, "mountPath": one.mount} for one in self.storage]
        return {"volumeMounts": mounts} if mounts else {}

    def _service_account(self) -> dict[str, Any]:
        return self._object("v1", "ServiceAccount", automountServiceAccountToken=False)

    def _service(self) -> dict[str, Any]:
        ports = [
            {"name": port.name, "port": port.number, "targetPort": port.name, "protocol": "TCP", **_app_protocol(port)}
            for port in self.all_ports
            if port.served
        ]
        spec: dict[str, Any] = {"clusterIP": "None"} if self.storage else {"type": "ClusterIP"}
        return self._object("v1", "Service", spec=spec | {"selector": selector_labels(self.name), "ports": ports})

    def _disruption_budget(self) -> dict[str, Any]:
        # maxUnavailable, not minAvailable: at the minimum number of replicas a node can still be drained.
        spec = {"maxUnavailable": 1, "selector": {"matchLabels": selector_labels(self.name)}}
        return self._object(
            "policy/v1", "PodDisruptionBudget", spec=spec | {"unhealthyPodEvictionPolicy": "AlwaysAllow"}
        )

    def _monitor(self) -> dict[str, Any]:
        return self._scrape("ServiceMonitor", "endpoints")

    def _monitor_of_pods(self) -> dict[str, Any]:
        """For pods that no Service of ours names, or that it would name all alike."""
        return self._scrape("PodMonitor", "podMetricsEndpoints")

    def _scrape(self, kind: str, endpoints: str) -> dict[str, Any]:
        scraped = [{"port": port.name, "path": port.metrics, "interval": "30s"} for port in self.scraped]
        spec = {"selector": {"matchLabels": selector_labels(self.name)}, endpoints: scraped}
        return self._object("monitoring.coreos.com/v1", kind, spec=spec)


def _container_port(port: Port) -> dict[str, Any]:
    return {"name": port.name, "containerPort": port.number, "protocol": "TCP"}


def _app_protocol(port: Port) -> dict[str, str]:
    # gRPC is HTTP/2 in the clear, and proxies ask for it under the name that Kubernetes gave that.
    known = {"http": "http", "grpc": "kubernetes.io/h2c"}
    return {"appProtocol": known[port.scheme]} if port.scheme in known else {}


def _env(name: str, value: str | dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueFrom": value}


def _volume_name(path: str) -> str:
    """A DNS label for a path; where the path cannot be read back from it, a digest tells it from its like."""
    slug = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:40]
    if f"/{slug.replace('-', '/')}" == path:
        return f"writable-{slug}"
    return f"writable-{slug}-{hashlib.sha256(path.encode()).hexdigest()[:6]}".replace("--", "-")


def _digest(config: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(config), sort_keys=True).encode()).hexdigest()[:16]
