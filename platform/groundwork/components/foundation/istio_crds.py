"""The kinds by which the mesh's policies are declared, before everything that has some."""

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.stage import Stage


class IstioCrds(Component):
    """Istio's CRDs. Upstream: catalog/versions.yaml, `base`."""

    stage = Stage.CRDS
    namespace = "istio-system"
    pod_security = "privileged"  # ztunnel and the CNI agent enter the network namespaces of other pods

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.mesh == "istio"

    def render(self) -> None:
        self.helm(
            "base",
            {
                "profile": "ambient",
                # Without one the chart makes no webhook: what we write is checked before a merge.
                "defaultRevision": "",
                # For other clusters to read this one. Its namespace comes a wave later, and would hold this one up.
                "global": {"enableReaderRBAC": False},
            },
        )
