"""Neuron: device plugin and metrics of AWS's own accelerators, Inferentia and Trainium."""

from __future__ import annotations

from groundwork.fleet.site import Site
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.node_agent import NodeAgent
from groundwork.kube.pods import Placement, Probes, Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_PLUGIN = "neuron-device-plugin"
_MONITOR = "neuron-monitor"
_METRICS = Port.metrics_only(8000)
_MANUFACTURER = {"auto": "eks.amazonaws.com", "karpenter": "karpenter.k8s.aws"}


class Neuron(Component):
    """The device plugin, where AWS does not run it itself, and the monitor, on every node with a Neuron device.

    Upstream's scheduler extension is left out: it chooses neighbouring chips for pods that take some of a node's, and EKS
    lets nobody extend its scheduler. Our models take one chip or whole machines.
    Upstream: catalog/versions.yaml, `neuron-helm-chart` and `neuron-monitor`.
    """

    stage = Stage.OPERATORS
    namespace = "node-agents"
    pod_security = "privileged"  # these pods open the host's devices and sockets

    @classmethod
    def carried(cls, site: Site) -> bool:
        return any(model.hardware.neuron for model in site.models)

    def render(self) -> None:
        if self.cluster.nodes == "karpenter":
            self._device_plugin()
        self._monitor()
        self._alerts()

    def _device_plugin(self) -> None:
        values = {
            "devicePlugin": {"enabled": True, "namespaceOverride": self.namespace},
            "scheduler": {"enabled": False},
            "npd": {"enabled": False},
        }
        self.helm("neuron-helm-chart", values)
        self.reach_api_server(by=_PLUGIN)

    def _monitor(self) -> NodeAgent:
        manufacturer = f"{_MANUFACTURER[self.cluster.nodes]}/instance-accelerator-manufacturer"
        return self.node_agent(
            _MONITOR,
            image="neuron-monitor",
            command=["/opt/bin/entrypoint.sh"],
            args=["--port", str(_METRICS.number)],
            env={"GOMEMLIMIT": "200MiB"},
            # It reads counters of the devices from the host's /sys and /dev.
            privileged=True,
            placement=Placement(selector={manufacturer: "aws"}),
            ports=[_METRICS],
            probes=Probes.tcp(_METRICS.name),
            resources=Resources(cpu="100m", memory="256Mi"),
        )

    def _alerts(self) -> None:
        self.alerts(
            alert(
                "NeuronMemoryErrors",
                'increase(hardware_ecc_events_total{event_type=~".*uncorrected"}[1h]) > 0',
                after="1m",
                severity="critical",
                summary="A Neuron device of {{ $labels.instance_id }} reports uncorrected memory errors",
                description="What the model on it answers may be wrong, or its server crashes.",
                runbook="Drain the node and delete its NodeClaim: a new machine is the quickest repair.",
            ),
            alert(
                "NeuronExecutionErrors",
                'sum by (instance_id) (increase(execution_errors_total{error_type="hardware"}[15m])) > 0',
                after="1m",
                severity="warning",
                summary="Models on {{ $labels.instance_id }} fail in hardware",
                description="Requests to the models of that node fail, each time the error comes back.",
                runbook="Look at the model server's log; if errors go on, drain the node and delete its NodeClaim.",
            ),
        )
