"""ExternalDNS: gives the host names of routes to the load balancer that serves them, in Route 53."""

from __future__ import annotations

from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_PODS = "external-dns"
_SOURCES = {"alb": "ingress", "kgateway": "gateway-httproute"}


class ExternalDns(Component):
    """One controller; it writes below this cluster's own domain and deletes only what it wrote.

    Its Pod Identity association stands in bootstrap/: what a chart makes does not wait for a role from the tree. Needs the
    organisation's public hosted zone. Upstream: catalog/versions.yaml, `external-dns`.
    """

    stage = Stage.OPERATORS
    namespace = "external-dns"

    def render(self) -> None:
        self.helm(
            "external-dns",
            {
                "provider": {"name": "aws"},
                "sources": [_SOURCES[self.cluster.gateway.edge]],
                "policy": "sync",
                "registry": "txt",
                "txtOwnerId": self.site.name,
                "domainFilters": [self.site.domain],
                # The zone is the organisation's, above the domain that the filter names.
                "extraArgs": {"aws-zone-match-parent": True, "aws-zone-type": "public"},
                "logFormat": "json",
                "priorityClassName": "platform",
                "resources": Resources(cpu="50m", memory="128Mi").manifest(),
                "serviceMonitor": {"enabled": True},
            },
        )
        self.reach_api_server(by=_PODS)
        self.reach_pod_identity(by=_PODS)
        self.reach_aws("route53", by=_PODS)
        self.scraped(_PODS, 7979)
        self.alerts(
            alert(
                "HostNamesNotWritten",
                "time() - external_dns_controller_last_sync_timestamp_seconds > 900",
                after="5m",
                severity="warning",
                summary="ExternalDNS has not brought Route 53 in line for a quarter of an hour",
                description="Names that exist go on; a new route or a new load balancer is reachable by nobody.",
                runbook="`kubectl --namespace external-dns logs deployment/external-dns`: AccessDenied is the association in "
                "bootstrap/, no zone found is the hosted zone of fleet.yaml's domain.",
            )
        )
