"""The kinds by which scrapes and alerts are declared, before everything that declares some."""

from groundwork.kube.component import Component
from groundwork.kube.stage import Stage


class PrometheusCrds(Component):
    """CRDs of the Prometheus operator. Almost every component brings a monitor, Karpenter before any operator can run.

    Upstream: catalog/versions.yaml, `prometheus-operator-crds`.
    """

    stage = Stage.CRDS
    namespace = "prometheus-operator"

    def render(self) -> None:
        self.helm("prometheus-operator-crds", {})
