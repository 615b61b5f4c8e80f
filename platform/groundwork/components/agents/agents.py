"""Agents: what people declare in apps/agents, as kagent's Agents, each calling its model through the gateway."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from groundwork.catalog.quantities import parse_quantity
from groundwork.fleet.callers import agent_caller, tenant_caller
from groundwork.fleet.site import AGENTS_NAMESPACE, AgentInstance, Site
from groundwork.fleet.tenant import Tenant
from groundwork.fleet.tool_access import TOOL_KEY_HEADER, ToolAccess, tool_access, tool_endpoints, tool_key
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.labels import workload_labels
from groundwork.kube.pods import Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.rendering import Demand
from groundwork.kube.stage import Stage

_HTTP = Port.http(8080)
_RESOURCES = Resources(cpu="200m", memory="512Mi")
_USER = 65532


def asked_by_agents(site: Site, tenant: Tenant) -> tuple[Fraction, Fraction]:
    """Cores and bytes that a tenant's own agents ask for while all of them are rolled out."""
    pods = sum(one.replicas + 1 for one in site.agents if one.tenant == tenant)
    return pods * parse_quantity(_RESOURCES.cpu), pods * parse_quantity(_RESOURCES.memory)


class Agents(Component):
    """The cluster's own agents in ai-agents, or one tenant's private ones in its namespace.

    Needs kagent, the model gateway and the tools. Each of the cluster's own has a key of its own there, a tenant's pay with
    the tenant's. What an agent reaches is what its declaration names: its model, its tools, the agents that it delegates to.
    """

    stage = Stage.AGENTS
    namespace = AGENTS_NAMESPACE

    def __init__(self, site: Site, tenant: Tenant | None = None) -> None:
        self.tenant = tenant
        if tenant:
            self.name, self.project, self.namespace = f"agents-{tenant.name}", tenant.namespace, tenant.namespace
        super().__init__(site)

    @classmethod
    def instances(cls, site: Site) -> list[Component]:
        owners = {one.tenant.name if one.tenant else "": one.tenant for one in site.agents}
        return [cls(site, owners[name]) for name in sorted(owners)]

    @property
    def _mine(self) -> list[AgentInstance]:
        return [one for one in self.site.agents if one.tenant == self.tenant]

    def endpoints(self) -> list[Endpoint]:
        if self.tenant:
            return []
        return [
            Endpoint.of(one.agent.name, self.namespace, _HTTP, pods=self._pods_of(one)).named(f"agent-{one.agent.name}")
            for one in self._mine
        ]

    def render(self) -> None:
        for instance in self._mine:
            with self.declared_by(instance.agent):
                self._model(instance)
                self._agent(instance)
                self._flows(instance)

    def _model(self, instance: AgentInstance) -> None:
        """A model as its agent sees it: the gateway's address and the key by which the gateway knows who spends."""
        caller = tenant_caller(self.site, self.tenant) if self.tenant else agent_caller(instance)
        self.object(
            "kagent.dev/v1alpha2",
            "ModelConfig",
            instance.agent.name,
            spec={
                "provider": "OpenAI",
                "model": instance.model.name,
                "openAI": {"baseUrl": f"{self.address('model-gateway').url}/v1", "timeout": 600},
                "apiKeySecret": self.secret_object(caller.secret, "key"),
                "apiKeySecretKey": "key",
            },
        )

    def _agent(self, instance: AgentInstance) -> None:
        agent = instance.agent
        tools = [self._tool(one) for one in tool_access(self.site, instance)]
        tools += [self._delegate(name) for name in sorted(agent.delegates_to)]
        declarative: dict[str, Any] = {
            "runtime": "python",
            "modelConfig": agent.name,
            "systemMessage": agent.instructions,
            "stream": True,
            "a2aConfig": {"skills": [{"id": agent.name, "name": agent.name, "description": agent.description}]},
            "deployment": _deployment(instance, self.name),
        }
        if tools:
            declarative["tools"] = tools
        spec = {"type": "Declarative", "description": agent.description, "declarative": declarative}
        if self._called_by_tenants(agent.name):
            spec["allowedNamespaces"] = {
                "from": "Selector",
                "selector": {"matchExpressions": [self._callers(agent.name)]},
            }
        self.object("kagent.dev/v1alpha2", "Agent", agent.name, spec=spec)

    def _tool(self, one: ToolAccess) -> dict[str, Any]:
        direct = self.cluster.gateway.tools == "direct"
        server: dict[str, Any] = {
            "apiGroup": "kagent.dev",
            "kind": "RemoteMCPServer",
            "name": one.tool if direct else self._registration(one),
            "namespace": AGENTS_NAMESPACE if direct else self.namespace,
            "toolNames": list(one.functions),
        }
        if one.instance.agent.tool_uses[one.tool].approval == "required":
            server["requireApproval"] = list(one.functions)
        return {"type": "McpServer", "mcpServer": server}

    def _registration(self, one: ToolAccess) -> str:
        """A tool as this agent sees it at the gateway of tools, where the key says which agent calls. Returns its name."""
        name = f"{one.instance.agent.name}-{one.tool}"
        secret = self.secret_object(tool_key(one.instance), "key")
        declared = next(tool for tool in self.site.tools if tool.name == one.tool)
        self.object(
            "kagent.dev/v1alpha2",
            "RemoteMCPServer",
            name,
            spec={
                "description": declared.description,
                "url": f"{self.address('tool-gateway').url}{one.path}",
                "protocol": "STREAMABLE_HTTP",
                "timeout": "30s",
                "headersFrom": [
                    {"name": TOOL_KEY_HEADER, "valueFrom": {"type": "Secret", "name": secret, "key": "key"}}
                ],
            },
        )
        return name

    def _delegate(self, name: str) -> dict[str, Any]:
        """An agent that a tenant delegates to is the tenant's own instance where it has one, else the cluster's."""
        own = any(one.agent.name == name for one in self._mine)
        return {
            "type": "Agent",
            "agent": {
                "apiGroup": "kagent.dev",
                "kind": "Agent",
                "name": name,
                "namespace": self.namespace if own else AGENTS_NAMESPACE,
            },
        }

    def _called_by_tenants(self, name: str) -> bool:
        return self.tenant is None and bool(self._callers(name)["values"])

    def _callers(self, name: str) -> dict[str, Any]:
        """Namespaces of tenants that delegate to the cluster's instance because they have none of their own."""
        private = {(one.namespace, one.agent.name) for one in self.site.agents}
        callers = {
            one.namespace
            for one in self.site.agents
            if one.tenant and name in one.agent.delegates_to and (one.namespace, name) not in private
        }
        return {"key": "kubernetes.io/metadata.name", "operator": "In", "values": sorted(callers)}

    def _flows(self, instance: AgentInstance) -> None:
        pods = self.pods(instance.agent.name, self._pods_of(instance))
        self.reach("model-gateway", by=pods)
        self.reach("kagent-controller", by=pods)
        self.admit(
            self.address("kagent-controller").pods, _HTTP.number, to=pods, reason="calls of people and other agents"
        )
        for endpoint in tool_endpoints(self.site, instance.agent.tool_uses):
            self.reach(endpoint, by=pods)
        for name in instance.agent.delegates_to:
            if any(one.agent.name == name for one in self._mine):
                self.link(instance.agent.name, name, _HTTP.number, reason="delegation")
            else:
                self.reach(f"agent-{name}", by=pods)
        self.demand(
            Demand(
                namespace=self.namespace,
                replicas=Replicas(at_least=instance.replicas),
                resources=(_RESOURCES,),
                surge=True,
            )
        )

    def _pods_of(self, instance: AgentInstance) -> Peer:
        """Kagent labels the pods that it makes of an Agent."""
        return Peer.pods(instance.namespace, {"app": "kagent", "kagent": instance.agent.name})


def _deployment(instance: AgentInstance, component: str) -> dict[str, Any]:
    return {
        "replicas": instance.replicas,
        "resources": _RESOURCES.manifest(),
        "labels": workload_labels(instance.agent.name, component),
        "podSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
