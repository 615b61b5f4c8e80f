"""DCGM exporter: what the GPUs do, on Auto Mode's nodes, where the GPU operator must not run."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.pods import Placement, Probes, Resources, Volume
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

__all__ = ["DcgmExporter", "gpu_alerts"]

_METRICS = Port.metrics_only(9400)
_SOCKETS = "/var/lib/kubelet/pod-resources"


class DcgmExporter(Component):
    """NVIDIA's exporter with DCGM inside, on every node with a GPU; metrics name the pod that holds the GPU.

    On Auto Mode AWS runs driver and device plugin; of the GPU operator's parts only this one is left to us. On nodes of our
    own the operator brings it. Upstream: catalog/versions.yaml, `dcgm-exporter`.
    """

    stage = Stage.OPERATORS
    namespace = "node-agents"
    pod_security = "privileged"  # these pods open the host's devices and sockets

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.nodes == "auto" and site.has_gpus

    def render(self) -> None:
        self.node_agent(
            self.name,
            image="dcgm-exporter",
            # The GPUs are given to privileged containers that ask by this variable; the device plugin's counts stay as they are.
            privileged=True,
            env={
                "DCGM_EXPORTER_KUBERNETES": "true",
                "DCGM_EXPORTER_LISTEN": f":{_METRICS.number}",
                "NODE_NAME": {"fieldRef": {"fieldPath": "spec.nodeName"}},
                "NVIDIA_VISIBLE_DEVICES": "all",
            },
            placement=Placement(selector={"eks.amazonaws.com/instance-gpu-manufacturer": "nvidia"}),
            ports=[_METRICS],
            probes=Probes.http(_METRICS.name, ready="/health", within=120),
            resources=Resources(cpu="100m", memory="512Mi"),
            volumes=[Volume.host("pod-resources", _SOCKETS, read_only=True)],
        )
        self.alerts(*gpu_alerts())


def gpu_alerts() -> list[dict[str, Any]]:
    """What somebody should know of a GPU, whoever measures it."""
    return [
        alert(
            "GpuFault",
            "DCGM_FI_DEV_XID_ERRORS > 0",
            after="1m",
            severity="critical",
            summary="GPU {{ $labels.gpu }} of {{ $labels.Hostname }} reports XID {{ $value }}",
            description="The model on it is slow, wrong or gone, by what the number means.",
            runbook="Look the number up in NVIDIA's XID catalogue. Drain the node and delete its NodeClaim: a new machine is the "
            "quickest repair.",
        ),
        alert(
            "GpuHot",
            "DCGM_FI_DEV_GPU_TEMP > 85",
            after="5m",
            severity="warning",
            summary="GPU {{ $labels.gpu }} of {{ $labels.Hostname }} is at {{ $value }} degrees",
            description="It slows itself down soon, and the model on it with it.",
            runbook="On EC2 that is a fault of the machine: drain the node and delete its NodeClaim.",
        ),
        alert(
            "GpuIdle",
            "avg_over_time(DCGM_FI_DEV_GPU_UTIL[6h]) < 1 and DCGM_FI_DEV_FB_USED > 1024",
            after="6h",
            severity="warning",
            summary="GPU {{ $labels.gpu }} of {{ $labels.Hostname }} holds a model that nobody calls",
            description="It has been paid for half a day and has answered nobody.",
            runbook="Let the model sleep (`replicas: {min: 0}` in the cluster's file), or give it to a smaller GPU.",
        ),
    ]
