"""Tool gateway: the one door between agents and their tools, which knows each agent and what it may call."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import AgentInstance, Site
from groundwork.fleet.tool_access import TOOL_KEY_HEADER, ToolAccess, tool_access, tool_key
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.rendering import Demand
from groundwork.kube.stage import Stage

_NAME = "tools"
_GROUP = "agentgateway.dev"
_API = f"{_GROUP}/v1alpha1"
_HTTP = Port.http(8080, name="tools")
_METRICS = Port.metrics_only(15020)
_RESOURCES = Resources(cpu="200m", memory="256Mi")
_USER = 10101
# A model that has lost its way calls its tools in a loop: calls per minute of one agent, at each proxy.
_CALLS = 120
_LEAVE = 120


class ToolGateway(Component):
    """A Gateway of agentgateway's inside the cluster, and for each agent a route to its own tools with its own key.

    Needs agentgateway and the tools; these let nobody else in. An agent sees and calls the functions that its declaration
    names, whatever else the server offers.
    """

    stage = Stage.GATEWAY
    namespace = "ai-gateway"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.gateway.tools == "agentgateway" and bool(site.tools)

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(_NAME, self.namespace, _HTTP, pods=self._proxies()).named("tool-gateway")]

    def render(self) -> None:
        self.pods(_NAME, self._proxies())
        self._parameters()
        self._gateway()
        for instance in self.site.agents:
            if instance.agent.tool_uses:
                with self.declared_by(instance.agent):
                    self._admit_agent(instance)
        for tool in self.site.tools:
            self.reach(f"tool-{tool.name}")
        self.reach("agentgateway")
        self.demand(
            Demand(
                namespace=self.namespace,
                replicas=Replicas(at_least=self._replicas),
                resources=(_RESOURCES,),
                surge=True,
            )
        )
        self.monitor("tool-gateway", pods=_NAME, port=_METRICS)
        self._alerts()

    @property
    def _replicas(self) -> int:
        return 2 if self.cluster.environment == "production" else 1

    def _proxies(self) -> Peer:
        """Agentgateway labels the proxies that it makes of a Gateway."""
        return Peer.pods(self.namespace, {"gateway.networking.k8s.io/gateway-name": _NAME})

    def _parameters(self) -> None:
        """What agentgateway's own template of a proxy leaves out."""
        pod = {
            "priorityClassName": "platform",
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": _USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": dict(self._proxies().labels)},
                }
            ],
        }
        self.object(
            _API,
            "AgentgatewayParameters",
            _NAME,
            spec={
                "resources": _RESOURCES.manifest(),
                "logging": {"format": "json", "level": "info"},
                "shutdown": {"min": 10, "max": _LEAVE},
                "deployment": {"spec": {"replicas": self._replicas, "template": {"spec": pod}}},
                "service": {"spec": {"type": "ClusterIP"}},
                "podDisruptionBudget": {"spec": {"maxUnavailable": 1}},
            },
        )

    def _gateway(self) -> None:
        self.object(
            "gateway.networking.k8s.io/v1",
            "Gateway",
            _NAME,
            spec={
                "gatewayClassName": "agentgateway",
                "infrastructure": {"parametersRef": {"group": _GROUP, "kind": "AgentgatewayParameters", "name": _NAME}},
                "listeners": [
                    {
                        "name": _HTTP.name,
                        "port": _HTTP.number,
                        "protocol": "HTTP",
                        "allowedRoutes": {"namespaces": {"from": "Same"}},
                    }
                ],
            },
        )

    def _admit_agent(self, instance: AgentInstance) -> None:
        """Its tools under its own paths, its key, and how often it may call."""
        name = f"{instance.namespace}-{instance.agent.name}"
        granted = tool_access(self.site, instance)
        for one in granted:
            self._backend(one)
        self.object(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            name,
            spec={
                "parentRefs": [{"name": _NAME, "sectionName": _HTTP.name}],
                "rules": [_rule(one) for one in granted],
            },
        )
        target = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": name}
        traffic = {
            "apiKeyAuthentication": {
                "mode": "Strict",
                "location": {"header": {"name": TOOL_KEY_HEADER}},
                "secretRef": {"name": self.secret_object(tool_key(instance), "key")},
            },
            "rateLimit": {"local": [{"requests": _CALLS, "unit": "Minutes", "burst": _CALLS // 2}]},
        }
        self.object(_API, "AgentgatewayPolicy", name, spec={"targetRefs": [target], "traffic": traffic})

    def _backend(self, one: ToolAccess) -> None:
        """The tool as this agent sees it: a list of what it may call, and nothing passes while the list cannot be asked."""
        server = self.address(f"tool-{one.tool}")
        static = {"host": server.host, "port": server.port, "path": server.path, "protocol": "StreamableHTTP"}
        names = ", ".join(f'"{function}"' for function in one.functions)
        allowed = {"action": "Allow", "policy": {"matchExpressions": [f"mcp.tool.name in [{names}]"]}}
        self.object(
            _API,
            "AgentgatewayBackend",
            one.name,
            spec={
                "mcp": {"targets": [{"name": one.tool, "static": static}], "failureMode": "FailClosed"},
                "policies": {"mcp": {"authorization": allowed}},
            },
        )

    def _alerts(self) -> None:
        calls = "sum by (route) (rate(agentgateway_requests_total[10m]))"
        failed = 'sum by (route) (rate(agentgateway_requests_total{status=~"5.."}[10m]))'
        self.alerts(
            alert(
                "ToolCallsFail",
                f"{failed} / {calls} > 0.1",
                after="15m",
                severity="warning",
                summary="More than 10 % of the tool calls of {{ $labels.route }} fail",
                description="The agent answers without its tools, or not at all.",
                runbook="kubectl -n ai-agents get pods: the tool's server; then the logs of deployment tools in ai-gateway.",
            ),
            alert(
                "ToolCallsRefused",
                'sum by (route) (increase(agentgateway_requests_total{status=~"401|429"}[15m])) > 20',
                after="5m",
                severity="warning",
                summary="The tool gateway refuses calls of {{ $labels.route }}",
                description="Somebody without the right key calls (401), or an agent calls in a loop (429).",
                runbook="kubectl -n ai-gateway logs deployment/tools: who calls? A changed key reaches agents when they restart.",
            ),
        )


def _rule(one: ToolAccess) -> dict[str, Any]:
    """An MCP stream stays open as long as both sides want."""
    return {
        "name": one.tool,
        "matches": [{"path": {"type": "PathPrefix", "value": one.path}}],
        "backendRefs": [{"group": _GROUP, "kind": "AgentgatewayBackend", "name": one.name}],
        "timeouts": {"request": "0s"},
    }
