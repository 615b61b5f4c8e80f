"""Karpenter: buys the machines that pending pods need, on clusters whose nodes we manage ourselves."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_PODS = "karpenter"


class Karpenter(Component):
    """Two controllers on the managed node group `system`, which is there before any NodePool.

    Its role, the nodes' role and the interruption queue come from bootstrap/. On Auto Mode AWS runs Karpenter.
    Upstream: catalog/versions.yaml, `karpenter-crd` and `karpenter`.
    """

    stage = Stage.FOUNDATION
    namespace = "karpenter"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.nodes == "karpenter"

    def render(self) -> None:
        self.helm("karpenter-crd", {})
        self.helm("karpenter", self._values(), skip_crds=True)
        self.reach_api_server(by=_PODS)
        self.reach_pod_identity(by=_PODS)
        for service in ("ec2", "eks", "iam", "pricing", "sqs", "ssm", "sts"):
            self.reach_aws(service, by=_PODS)
        self.scraped(_PODS, 8080)

    def _values(self) -> dict[str, Any]:
        return {
            "settings": {
                "clusterName": self.site.name,
                "interruptionQueue": self.site.name,
                # Prices are read from an API that has an endpoint in few regions; elsewhere it goes on with those it was built with.
                "isolatedVPC": self.cluster.region != "us-east-1",
                "featureGates": {"nodeOverlay": any(model.hardware.slice for model in self.site.accelerated)},
            },
            "replicas": 2,
            "serviceMonitor": {"enabled": True},
            "controller": {"resources": Resources(cpu="500m", memory="1Gi").manifest()},
            "nodeSelector": {"eks.amazonaws.com/nodegroup": "system"},
            "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
        }
