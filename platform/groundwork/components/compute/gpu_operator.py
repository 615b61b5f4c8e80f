"""NVIDIA GPU operator: device plugin, metrics and labels on GPU nodes that we manage ourselves."""

from __future__ import annotations

from typing import Any

from groundwork.catalog.chart_facts import facts
from groundwork.components.compute.dcgm_exporter import gpu_alerts
from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_OPERATOR = "gpu-operator"
_EXPORTER = "nvidia-dcgm-exporter"
_STATUS = "nvidia-node-status-exporter"


class GpuOperator(Component):
    """The operator with device plugin, DCGM exporter, feature discovery and node status exporter.

    Driver and container toolkit are part of the AL2023 NVIDIA image, so the operator brings neither. On Auto Mode AWS runs
    driver and device plugin itself, and a second plugin would leave nodes with no GPU at all: there it is not carried.
    Upstream: catalog/versions.yaml, `gpu-operator`.
    """

    stage = Stage.OPERATORS
    namespace = "gpu-operator"
    pod_security = "privileged"  # the device plugin and DCGM open the host's devices

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.nodes == "karpenter" and site.has_gpus

    def render(self) -> None:
        values = self._values()
        self.helm("gpu-operator", values)
        for pods in facts("gpu-operator").pods:
            if pods.made(values):
                self.reach_api_server(by=pods.name)
        for name, port in ((_EXPORTER, 9400), (_STATUS, 8000)):
            self.scraped(name, port)
        self.link(_EXPORTER, "nvidia-dcgm", 5555, reason="what DCGM measures")
        self.scraped(_OPERATOR, 8080)
        self.alerts(*gpu_alerts())

    def _values(self) -> dict[str, Any]:
        tolerations = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
        on, off = {"enabled": True}, {"enabled": False}
        return {
            "driver": off,
            "toolkit": off,
            "devicePlugin": on,
            "dcgm": on,
            "dcgmExporter": {**on, "serviceMonitor": on},
            "gfd": on,
            "nfd": on,
            "nodeStatusExporter": on,
            # On nodes whose pool says how: the others keep whole GPUs, and a slice is a resource of its own.
            "mig": {"strategy": "mixed"},
            "migManager": on if any(model.hardware.slice for model in self.site.accelerated) else off,
            # For virtual machines and confidential ones.
            "ccManager": off,
            "vfioManager": off,
            "vgpuDeviceManager": off,
            "sandboxDevicePlugin": off,
            "kataSandboxDevicePlugin": off,
            "daemonsets": {"tolerations": tolerations, "priorityClassName": "system-node-critical"},
            # Argo CD brings the CRDs; the chart's hook would do it a second time, with rights of its own.
            "operator": {"resources": Resources(cpu="100m", memory="512Mi").manifest(), "upgradeCRD": False},
        }
