"""kagent: runs the agents that people declare, serves them by A2A, and shows them in a browser."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import AGENTS_NAMESPACE, Site
from groundwork.fleet.tool_access import tool_endpoints
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Resources
from groundwork.kube.ports import Port
from groundwork.kube.routes import Rule
from groundwork.kube.stage import Stage

_CONTROLLER = "kagent-controller"
_UI = "kagent-ui"
_DATABASE = "kagent-database"
_READY = "/health"
_MOUNT = "/etc/kagent/database"


class Kagent(Component):
    """The kagent controller and its page. Of the chart's examples (agents, tools, databases) nothing is installed.

    Needs Postgres for sessions and tasks. The controller sees only the namespaces in which agents live.
    Upstream: catalog/versions.yaml, `kagent-crds` and `kagent`.
    """

    stage = Stage.GATEWAY
    namespace = "kagent"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return bool(site.agents)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint.of(_CONTROLLER, self.namespace, Port.http(8083), pods=self._part("controller"), ready=_READY),
            Endpoint.of(_UI, self.namespace, Port.http(8080), pods=self._part("ui"), ready=_READY),
        ]

    def render(self) -> None:
        self.helm("kagent-crds", {})
        self.helm("kagent", self._values(), skip_crds=True)
        self.reach_api_server(by=_CONTROLLER)
        self.reach("kagent-postgres", by=_CONTROLLER)
        self.link(_UI, _CONTROLLER, 8083, reason="the page's API")
        for endpoint in tool_endpoints(self.site, (tool.name for tool in self.site.tools)):
            self.reach(endpoint, by=_CONTROLLER)
        for one in self.site.agents:
            pods = Peer.pods(one.namespace, {"app": "kagent", "kagent": one.agent.name})
            self.reach_pods(pods, 8080, by=_CONTROLLER, reason=f"calls to {one.agent.name}")
        # The page knows no accounts of its own: whoever signs in at the edge sees and changes every agent's sessions.
        self.route(f"kagent.{self.site.domain}", [Rule(path="/", backends=[(self.address(_UI), 100)], asks="sign-in")])

    def _values(self) -> dict[str, Any]:
        off = {"enabled": False}
        return {
            "controller": {
                # Two controllers would both answer a session; the chart has no leader election for its API.
                "replicas": 1,
                "watchNamespaces": self._watched(),
                # What an agent's card tells a caller to dial; inside the cluster nobody goes by the card.
                "a2aBaseUrl": f"https://api.{self.site.domain}",
                "resources": Resources(cpu="100m", memory="512Mi").manifest(),
                "volumes": [{"name": "database", "secret": {"secretName": self._database()}}],
                "volumeMounts": [{"name": "database", "mountPath": _MOUNT, "readOnly": True}],
            },
            "database": {"postgres": {"urlFile": f"{_MOUNT}/url", "bundled": off}},
            "ui": {
                "replicas": 2,
                "resources": Resources(cpu="100m", memory="512Mi").manifest(),
                "pdb": {"enabled": True, "maxUnavailable": 1},
            },
            "rbac": {"namespaces": self._watched()},
            **dict.fromkeys((*_BUNDLED_TOOLS, *_BUNDLED_AGENTS, "kmcp"), off),
        }

    def _watched(self) -> list[str]:
        return sorted({self.namespace, AGENTS_NAMESPACE, *(one.namespace for one in self.site.agents)})

    def _database(self) -> str:
        """The Secret whose key `url` is a file for the controller: the chart takes the address from a file."""
        host = self.address("kagent-postgres").authority
        url = f"postgres://{{{{ .username }}}}:{{{{ .password }}}}@{host}/kagent?sslmode=require"
        reference = self.secret_text(_DATABASE, "url", url, of=("username", "password"))
        return str(reference["secretKeyRef"]["name"])

    def _part(self, part: str) -> Peer:
        labels = {"app.kubernetes.io/name": "kagent", "app.kubernetes.io/component": part}
        return Peer.pods(self.namespace, labels)


_BUNDLED_TOOLS = ("kagent-tools", "grafana-mcp", "querydoc")
_BUNDLED_AGENTS = (
    "argo-rollouts-agent",
    "cilium-debug-agent",
    "cilium-manager-agent",
    "cilium-policy-agent",
    "helm-agent",
    "istio-agent",
    "k8s-agent",
    "kgateway-agent",
    "observability-agent",
    "promql-agent",
)
