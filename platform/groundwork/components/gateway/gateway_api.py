"""Gateway API: the kinds by which routes are declared, from upstream's own tag."""

from groundwork.kube.component import Component
from groundwork.kube.stage import Stage


class GatewayApi(Component):
    """The CRDs of the standard channel. The experimental one cannot be mixed in: upstream's own policy refuses it."""

    stage = Stage.CRDS
    namespace = "kube-system"

    def render(self) -> None:
        self.upstream("gateway-api", "config/crd/standard")
