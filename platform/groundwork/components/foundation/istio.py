"""Istio in ambient mode: mutual TLS between the platform's pods, by a proxy per node and without sidecars."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube import mesh
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_CONTROL = "istiod"
_PROXY = "ztunnel"
_AGENT = "istio-cni-node"
# Pods, and the name of the port that has their metrics.
_METRICS = {_CONTROL: "http-monitoring", _PROXY: "ztunnel-stats", _AGENT: "metrics"}


class Istio(Component):
    """istiod, ztunnel on every node, and the CNI agent that leads pods' traffic through it.

    Pods of meshed namespaces prove who they are, by their ServiceAccount, and refuse whoever does not; kube/mesh.py compiles the
    exceptions from declared flows. Sidecars are not used, so neither their webhook nor the one that checks Istio's kinds is
    installed. DNS stays with the cluster's: captured, it would leave from ztunnel, past the pods' policies. A node's ztunnel
    is one process for all its pods: it rolls node by node, and connections that are open then are given half a minute.
    New nodes take no pods but those of the mesh until its agent is there, so without istiod no node becomes usable.
    Upstream: catalog/versions.yaml, `istiod`, `cni` and `ztunnel`, always of one version.
    """

    stage = Stage.OPERATORS
    namespace = mesh.ROOT
    pod_security = "privileged"  # ztunnel and the CNI agent enter the network namespaces of other pods

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.mesh == "istio"

    def render(self) -> None:
        self.helm("istiod", self._istiod())
        self.helm("cni", self._cni())
        self.helm("ztunnel", self._ztunnel())
        self._strict()
        for pods in (_CONTROL, _AGENT):
            self.reach_api_server(by=pods)
        self.link(_PROXY, _CONTROL, 15012, reason="certificates and what is where")
        for pods, port in ((_CONTROL, 15014), (_PROXY, 15020), (_AGENT, 15014)):
            self.scraped(pods, port)
        self._monitors()
        self._alerts()

    def _istiod(self) -> dict[str, Any]:
        return {
            "profile": "ambient",
            "autoscaleMin": 2 if self.cluster.environment == "production" else 1,
            "resources": Resources(cpu="500m", memory="2Gi").manifest(),
            "seccompProfile": {"type": "RuntimeDefault"},
            "taint": {"enabled": True, "namespace": self.namespace, "name": mesh.NOT_READY},
            "global": {
                "priorityClassName": "system-cluster-critical",
                "operatorManageWebhooks": True,
                "configValidation": False,
                "enableReaderRBAC": False,
                "logAsJson": True,
            },
        }

    def _cni(self) -> dict[str, Any]:
        return {
            "profile": "ambient",
            "ambient": {"dnsCapture": False},
            "resources": Resources(cpu="100m", memory="128Mi").manifest(),
            "global": {"logAsJson": True},
        }

    def _ztunnel(self) -> dict[str, Any]:
        """Memory grows with open connections; a limit that is reached cuts every pod of the node off."""
        return {"profile": "ambient", "resources": Resources(cpu="200m", memory="1Gi").manifest(), "logAsJson": True}

    def _strict(self) -> None:
        """In the root namespace both are for the whole mesh: nobody in the clear, nobody who is not named."""
        api = "security.istio.io/v1"
        self.object(api, "PeerAuthentication", "default", spec={"mtls": {"mode": "STRICT"}})
        self.object(api, "AuthorizationPolicy", "default-deny", spec={})

    def _monitors(self) -> None:
        selectors = {_CONTROL: {"app": "istiod"}, _PROXY: {"app": "ztunnel"}, _AGENT: {"k8s-app": _AGENT}}
        for pods, port in _METRICS.items():
            spec = {"selector": {"matchLabels": selectors[pods]}, "podMetricsEndpoints": [{"port": port}]}
            self.object("monitoring.coreos.com/v1", "PodMonitor", pods, spec=spec)

    def _alerts(self) -> None:
        self.alerts(
            alert(
                "MeshControlPlaneGone",
                "absent(pilot_info)",
                after="10m",
                severity="critical",
                summary="No istiod has been seen for ten minutes",
                description="What is connected stays so. New pods get no certificate and reach nobody, new nodes keep their "
                "startup taint, and certificates last a day.",
                runbook="Look at the Deployment istiod in istio-system, and at its pods' log.",
            ),
            alert(
                "MeshRootExpires",
                "citadel_server_root_cert_expiry_timestamp - time() < 30 * 86400",
                after="1h",
                severity="warning",
                summary="The mesh's root certificate expires within thirty days",
                description="Then no pod of the mesh trusts another. Istio made it for ten years.",
                runbook="Rotate the Secret istio-ca-secret in istio-system as Istio's page on plugging in CA certificates says: "
                "with both roots trusted for a while.",
            ),
        )
