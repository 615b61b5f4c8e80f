"""External Secrets: keeps Secrets in the cluster equal to AWS Secrets Manager. Git holds names, never values."""

from __future__ import annotations

from typing import Any

from groundwork.kube.component import Component
from groundwork.kube.pods import Resources
from groundwork.kube.stage import Stage

_CONTROLLER = "external-secrets"
_WEBHOOK = "external-secrets-webhook"
_CERTIFICATES = "external-secrets-cert-controller"


class ExternalSecrets(Component):
    """The operator and its one store, `aws`, which only the platform's own namespaces may use.

    Its Pod Identity association stands in bootstrap/, because nothing that holds a secret can start before it.
    Upstream: catalog/versions.yaml, `external-secrets`.
    """

    stage = Stage.OPERATORS
    namespace = "external-secrets"

    def render(self) -> None:
        self.helm("external-secrets", self._values())
        for pods in (_CONTROLLER, _WEBHOOK, _CERTIFICATES):
            self.reach_api_server(by=pods)
            self.scraped(pods, 8080)
        self.admit_webhook(10250, to=_WEBHOOK)
        self.reach_pod_identity(by=_CONTROLLER)
        self.reach_aws("secretsmanager", by=_CONTROLLER)
        self._store()

    def _values(self) -> dict[str, Any]:
        budget = {"podDisruptionBudget": {"enabled": True, "minAvailable": 1}}
        small = {"priorityClassName": "platform", "resources": Resources(cpu="50m", memory="256Mi").manifest()}
        return {
            "installCRDs": True,
            "replicaCount": 2,
            "leaderElect": True,
            # For all three; without the last key the chart leaves them out where it cannot see the kind yet.
            "serviceMonitor": {"enabled": True, "renderMode": "alwaysRender"},
            **budget,
            **small,
            "webhook": {"replicaCount": 2, **budget, **small},
            "certController": {"replicaCount": 1, **small},
        }

    def _store(self) -> None:
        namespaces = sorted({*self.directory.namespaces, *(tenant.namespace for tenant in self.site.tenants)})
        self.cluster_object(
            "external-secrets.io/v1",
            "ClusterSecretStore",
            "aws",
            # The chart brings the kind in the same sync.
            metadata={"annotations": {"argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true"}},
            spec={
                "provider": {"aws": {"service": "SecretsManager", "region": self.cluster.region}},
                "conditions": [{"namespaces": namespaces}],
            },
        )
