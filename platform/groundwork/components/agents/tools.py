"""Tools: the MCP servers that agents may call, each from an image of ours, each with its own way out."""

from __future__ import annotations

from typing import Any

from groundwork.fleet.site import AGENTS_NAMESPACE, Site
from groundwork.fleet.tool import Tool
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.images import own_image
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_HTTP = Port.http(8080, metrics="/metrics")
_PATH = "/mcp"


class Tools(Component):
    """A server per tool that the cluster's agents use, and the RemoteMCPServer by which kagent knows it.

    A tool reaches the hosts that its declaration names and nothing else; only agents that use it reach the tool. Where a
    gateway stands between, only the gateway does, and each agent brings a RemoteMCPServer of its own.
    """

    stage = Stage.AGENTS
    namespace = AGENTS_NAMESPACE

    @classmethod
    def carried(cls, site: Site) -> bool:
        return bool(site.tools)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint.of(tool.name, self.namespace, _HTTP, path=_PATH).named(f"tool-{tool.name}")
            for tool in self.site.tools
        ]

    def ways_out(self) -> dict[str, tuple[str, ...]]:
        return {f"tool-{tool.name}": tool.egress for tool in self.site.tools}

    def render(self) -> None:
        for tool in self.site.tools:
            with self.declared_by(tool):
                self._server(tool)
                if self.cluster.gateway.tools == "direct":
                    self._registration(tool)

    def _server(self, tool: Tool) -> None:
        env: dict[str, Any] = {variable: self.secret(secret, variable) for variable, secret in tool.secrets.items()}
        for host in tool.egress:
            env |= self.reach_internet(host, by=tool.name, client=f"tool-{tool.name}")
        self.workload(
            tool.name,
            image=own_image(self.site, tool.image),
            replicas=Replicas(at_least=2 if self.cluster.environment == "production" else 1),
            resources=Resources(cpu="100m", memory="256Mi"),
            ports=[_HTTP],
            probes=Probes.http(_HTTP.name, ready="/readyz", live="/healthz"),
            env=env,
        )

    def _registration(self, tool: Tool) -> None:
        endpoint = self.address(f"tool-{tool.name}")
        self.object(
            "kagent.dev/v1alpha2",
            "RemoteMCPServer",
            tool.name,
            spec={
                "description": tool.description,
                "url": endpoint.url,
                "protocol": "STREAMABLE_HTTP",
                "timeout": "30s",
                "allowedNamespaces": {"from": "Selector", "selector": {"matchExpressions": [self._users(tool)]}},
            },
        )

    def _users(self, tool: Tool) -> dict[str, Any]:
        namespaces = {one.namespace for one in self.site.agents if tool.name in one.agent.tool_uses}
        return {"key": "kubernetes.io/metadata.name", "operator": "In", "values": sorted(namespaces)}
