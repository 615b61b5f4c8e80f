"""AWS Load Balancer Controller: network load balancers for Services, on clusters whose nodes we manage ourselves."""

from __future__ import annotations

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_PODS = "aws-load-balancer-controller"


class AwsLoadBalancerController(Component):
    """Two controllers. Their association stands in bootstrap/; on Auto Mode AWS runs them.

    Needs cert-manager for its webhook's certificate. The VPC is found by its tag: node credentials are one hop away and so
    out of a pod's reach.
    Upstream: catalog/versions.yaml, `aws-load-balancer-controller`.
    """

    stage = Stage.OPERATORS
    namespace = "aws-load-balancer-controller"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.nodes == "karpenter"

    def render(self) -> None:
        self.helm(
            "aws-load-balancer-controller",
            {
                "clusterName": self.site.name,
                "region": self.cluster.region,
                "vpcTags": {"alpha.eksctl.io/cluster-name": self.site.name},
                "replicaCount": 2,
                "serviceAccount": {"name": _PODS},
                # The webhook would rewrite every Service of type LoadBalancer, whoever makes it; ours name their class.
                "enableServiceMutatorWebhook": False,
                # The chart's own certificate is another one at every render: Argo CD would replace it for ever.
                "enableCertManager": True,
                "serviceMonitor": {"enabled": True},
                "podDisruptionBudget": {"maxUnavailable": 1},
                "resources": Resources(cpu="100m", memory="256Mi").manifest(),
            },
        )
        self.reach_api_server(by=_PODS)
        self.reach_pod_identity(by=_PODS)
        for service in ("ec2", "elasticloadbalancing", "sts"):
            self.reach_aws(service, by=_PODS)
        self.admit_webhook(9443, to=_PODS)
        self.scraped(_PODS, 8080)
