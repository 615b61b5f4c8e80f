"""cert-manager: certificates for the gateway's host names, proved through Route 53."""

from __future__ import annotations

from typing import Any

from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_CONTROLLER = "cert-manager"
_WEBHOOK = "cert-manager-webhook"
_INJECTOR = "cert-manager-cainjector"
_ACME = "acme-v02.api.letsencrypt.org"


class CertManager(Component):
    """The controller and the ClusterIssuer `letsencrypt`. Its Pod Identity association stands in bootstrap/.

    Upstream: catalog/versions.yaml, `cert-manager`.
    """

    stage = Stage.OPERATORS
    namespace = "cert-manager"

    def hosts(self) -> list[str]:
        return [_ACME]

    def render(self) -> None:
        self.helm("cert-manager", _values(self.reach_internet(_ACME, by=_CONTROLLER)))
        for pods in (_CONTROLLER, _WEBHOOK, _INJECTOR):
            self.reach_api_server(by=pods)
            self.scraped(pods, 9402)
        self.admit_webhook(10250, to=_WEBHOOK)
        self.reach_pod_identity(by=_CONTROLLER)
        self.reach_aws("route53", by=_CONTROLLER)
        self._issuer()

    def _issuer(self) -> None:
        self.cluster_object(
            "cert-manager.io/v1",
            "ClusterIssuer",
            "letsencrypt",
            metadata={"annotations": {"argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true"}},
            spec={
                "acme": {
                    "server": f"https://{_ACME}/directory",
                    "email": self.site.organisation.contact,
                    "privateKeySecretRef": {"name": "letsencrypt-account"},
                    "solvers": [
                        {
                            "selector": {"dnsZones": [self.site.organisation.domain]},
                            "dns01": {"route53": {"region": self.cluster.region}},
                        }
                    ],
                }
            },
        )


def _values(proxy: dict[str, str]) -> dict[str, Any]:
    small = {"resources": Resources(cpu="50m", memory="128Mi").manifest()}
    values: dict[str, Any] = {
        "crds": {"enabled": True, "keep": True},
        # Otherwise it asks the domain's own name servers, which are out of reach, whether its record is there yet.
        "dns01RecursiveNameserversOnly": True,
        # A hook whose pod no policy lets out; Argo CD's health checks wait for the webhook as well.
        "startupapicheck": {"enabled": False},
        "global": {"priorityClassName": "platform"},
        "replicaCount": 2,
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "prometheus": {"enabled": True, "servicemonitor": {"enabled": True}},
        "webhook": {"replicaCount": 2, "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1}, **small},
        "cainjector": {"replicaCount": 2, "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1}, **small},
        **small,
    }
    return values | {key.lower(): value for key, value in proxy.items()}
