"""Inference extension: the kind by which replicas of a model are declared as one pool, from upstream's own tag."""

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.stage import Stage


class InferenceExtension(Component):
    """The CRDs of Gateway API's inference extension: InferencePool. Upstream: catalog/versions.yaml, `gateway-api-inference-extension`."""

    stage = Stage.CRDS
    namespace = "kube-system"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.replicas == "agentgateway"

    def render(self) -> None:
        self.upstream("gateway-api-inference-extension", "config/crd/bases")
