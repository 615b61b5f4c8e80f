"""Connections: the half of a component that says which pods there are and what may talk to what.

Asking for an address opens the path to it; flows without an address have methods of their own. `by` and `to` name pods of
the component and may be left out where it has only one kind.
"""

from __future__ import annotations

from dataclasses import replace

from groundwork.fleet.cluster import Cluster
from groundwork.fleet.site import Site
from groundwork.kube import aws, subnets
from groundwork.kube.egress import PROXY, port_of
from groundwork.kube.endpoint import Directory, Endpoint
from groundwork.kube.flow import Flow, Peer
from groundwork.kube.rendering import PodSet, Rendering

__all__ = ["Connections"]

# What a client with a proxy dials itself: Services by name and by address (the Kubernetes API among them), AWS, whose every
# service has an endpoint in the VPC, and the Pod Identity agent.
_INSIDE = ",".join((".svc", ".svc.cluster.local", subnets.SERVICE_RANGE, ".amazonaws.com", aws.POD_IDENTITY_AGENT[:-3]))


class Connections:
    """What a component reaches, and who reaches it."""

    name: str = ""

    def __init__(self, site: Site, rendering: Rendering) -> None:
        self.site: Site = site
        self.cluster: Cluster = site.cluster
        self.directory = Directory()
        self._rendering = rendering
        self._source = f"clusters/{site.name}.yaml"
        self._wishes: list[tuple[str | Peer | None, Peer, int, str]] = []
        self._admissions: list[tuple[Peer, str | Peer | None, int, str]] = []
        self._links: list[tuple[str, str, int, str]] = []

    def pods(self, name: str, pods: Peer) -> Peer:
        """Pods that this component answers for: its own, or those that a chart or an operator makes of its objects."""
        self._rendering.pods.append(PodSet(name=name, pods=pods, source=self._source))
        return pods

    def reach(self, endpoint: str, *, by: str | Peer | None = None) -> Endpoint:
        """The address of an endpoint; asking for it opens the path to it.

        Raises:
            UnknownEndpointError: this cluster does not carry it.
        """
        found = self.address(endpoint)
        self._wish(by, found.pods, found.pod_port, f"{endpoint}")
        return found

    def address(self, endpoint: str) -> Endpoint:
        """The address of an endpoint for somebody else to connect to; opens nothing.

        Raises:
            UnknownEndpointError: this cluster does not carry it.
        """
        found = self.directory.find(endpoint, asked_by=self.name)
        self._rendering.reached[endpoint] = found
        return found

    def reach_pods(self, pods: Peer, port: int, *, by: str | Peer | None = None, reason: str) -> None:
        """Pods that have no Service: those that an operator makes and dials by itself."""
        self._wish(by, pods, port, reason)

    def reach_api_server(self, *, by: str | Peer | None = None) -> None:
        """The Kubernetes API: its Service address and the control plane's network interfaces."""
        for cidr in (subnets.API_SERVICE, *subnets.private_subnets(self.site)):
            self._wish(by, Peer.addresses(cidr), 443, "Kubernetes API")

    def reach_aws(self, service: str, *, by: str | Peer | None = None) -> str:
        """The host name of an AWS service, reached through its VPC endpoint in the private subnets."""
        for cidr in subnets.private_subnets(self.site):
            self._wish(by, Peer.addresses(cidr), 443, "AWS, through VPC endpoints")
        self._rendering.aws_services.append(service)
        return f"{service}.{self.cluster.region}.amazonaws.com"

    def reach_internet(self, host: str, *, by: str | Peer | None = None, client: str = "") -> dict[str, str]:
        """A host on the internet, on port 443. Returns the environment that the client needs for it.

        `client` is the name in `ways_out`, the component's own unless another is named.
        """
        proxy = self.way_out(host, by=by, client=client)
        if proxy is None:
            return {}
        return {
            "HTTPS_PROXY": proxy.url,
            "HTTP_PROXY": proxy.url,
            "NO_PROXY": _INSIDE,
        }

    def way_out(self, host: str, *, by: str | Peer | None = None, client: str = "") -> Endpoint | None:
        """Opens the way to a host on the internet, port 443.

        On Auto Mode a policy names the host, and there is nothing to dial but the host itself. Elsewhere it is the client's own
        port of the egress proxy, which takes CONNECT, and TLS whose greeting names the host.
        """
        client = client or self.name
        if host not in self.directory.hosts.get(client, ()):
            message = f"{self.name} reaches for {host} without listing it in hosts() or ways_out()"
            raise ValueError(message)
        if self.cluster.nodes == "auto":
            self._wish(by, Peer.internet(host), 443, host)
            return None
        proxy, port = self.address(PROXY), port_of(client)
        self._wish(by, proxy.pods, port, f"the way out of {client}")
        return replace(proxy, port=port, pod_port=port, scheme="http")

    def reach_pod_identity(self, *, by: str | Peer | None = None) -> None:
        """The agent that hands out AWS credentials, for pods whose association stands in bootstrap/."""
        self._wish(by, Peer.addresses(aws.POD_IDENTITY_AGENT), 80, "Pod Identity agent")

    def admit(self, source: Peer, port: int, *, to: str | Peer | None = None, reason: str) -> None:
        """Let others in: for callers that ask for no address."""
        self._admissions.append((source, to, port, reason))

    def link(self, source: str, target: str, port: int, *, reason: str) -> None:
        """Let one kind of this component's pods reach another."""
        self._links.append((source, target, port, reason))

    def admit_webhook(self, port: int, *, to: str | Peer | None = None) -> None:
        """Calls of the API server to a webhook or an aggregated API."""
        for cidr in subnets.private_subnets(self.site):
            self.admit(Peer.addresses(cidr), port, to=to, reason="API server calls")

    def admit_load_balancer(self, port: int, *, to: str | Peer | None = None) -> None:
        """Clients behind a load balancer with IP targets: the sender is an address of the public subnets."""
        for cidr in subnets.public_subnets(self.site):
            self.admit(Peer.addresses(cidr), port, to=to, reason="load balancer")

    def scraped(self, pods: str | Peer, port: int) -> None:
        """Prometheus reads metrics there."""
        if "prometheus" in self.directory:
            self.admit(self.directory.find("prometheus", asked_by=self.name).pods, port, to=pods, reason="metrics")

    def _wish(self, by: str | Peer | None, target: Peer, port: int, reason: str) -> None:
        self._wishes.append((by, target, port, reason))

    def _pods_named(self, name: str | Peer | None) -> Peer:
        if isinstance(name, Peer):
            return name
        known = {one.name: one.pods for one in self._rendering.pods}
        if name is None and len(known) == 1:
            return next(iter(known.values()))
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            message = f"{self.name}: say which of its pods a flow belongs to (by=... or to=...): {names}"
            raise ValueError(message)
        return known[name]

    def _settle(self) -> None:
        """Write the flows down. Only now every kind of pods has a name."""
        for by, target, port, reason in self._wishes:
            self._rendering.flows.append(Flow(self._pods_named(by), target, port, reason=reason))
        for source, to, port, reason in self._admissions:
            self._rendering.flows.append(Flow(source, self._pods_named(to), port, reason=reason))
        for sender, receiver, port, reason in self._links:
            self._rendering.flows.append(
                Flow(self._pods_named(sender), self._pods_named(receiver), port, reason=reason)
            )
