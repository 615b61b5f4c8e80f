"""Endpoint: where something is served, as a value. Found by name, so the order of construction cannot matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from groundwork.kube.ack import AwsKind
from groundwork.kube.flow import Peer
from groundwork.kube.ports import Port

__all__ = ["Directory", "Endpoint", "UnknownEndpointError"]


class UnknownEndpointError(LookupError):
    """A component asks for an endpoint that this cluster does not carry."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A Service port and the pods behind it.

    `port` is what clients dial, `pod_port` what the pods listen on: NetworkPolicies see the latter. `ready` is the path at
    which a load balancer asks a pod whether it takes requests.
    """

    name: str
    service: str
    namespace: str
    pods: Peer
    port: int
    pod_port: int
    scheme: str = "http"
    path: str = ""
    ready: str = "/"

    @classmethod
    def of(
        cls, name: str, namespace: str, port: Port, *, path: str = "", pods: Peer | None = None, ready: str = "/"
    ) -> Endpoint:
        """The endpoint of a workload that has a Service of its own name."""
        behind = pods or Peer.workload(name, namespace)
        return cls(name, name, namespace, behind, port.number, port.number, port.scheme, path, ready)

    def named(self, name: str) -> Endpoint:
        """The same under another name, where the Service's own would clash with other kinds of things."""
        return replace(self, name=name)

    @property
    def host(self) -> str:
        """The DNS name inside the cluster."""
        return f"{self.service}.{self.namespace}.svc"

    @property
    def authority(self) -> str:
        """Host and port, as in a URL."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address that clients are given."""
        return f"{self.scheme}://{self.authority}{self.path}"


class Directory:
    """What a cluster's components say of themselves before anything is rendered.

    `find` gives endpoints by name; `hosts` are the hosts on the internet that each client is meant to reach; `namespaces` are
    the namespaces that they live in, each with its Pod Security Standard. `aws_kinds` are the kinds of AWS resources that
    they made, known only to components that are rendered last.
    """

    def __init__(
        self,
        endpoints: Iterable[Endpoint] = (),
        hosts: Iterable[tuple[str, Iterable[str]]] = (),
        namespaces: Mapping[str, str] | None = None,
    ) -> None:
        self.hosts: dict[str, tuple[str, ...]] = {}
        for client, wanted in sorted((client, sorted({*wanted})) for client, wanted in hosts):
            if client in self.hosts:
                message = f"two components have a way out for '{client}'"
                raise ValueError(message)
            if wanted:
                self.hosts[client] = tuple(wanted)
        self.namespaces = dict(sorted((namespaces or {}).items()))
        self.aws_kinds: tuple[AwsKind, ...] = ()
        self._endpoints: dict[str, Endpoint] = {}
        for endpoint in endpoints:
            if endpoint.name in self._endpoints:
                message = f"two components serve an endpoint named '{endpoint.name}'"
                raise ValueError(message)
            self._endpoints[endpoint.name] = endpoint

    def __contains__(self, name: str) -> bool:
        return name in self._endpoints

    def find(self, name: str, *, asked_by: str) -> Endpoint:
        """The endpoint of that name.

        Raises:
            UnknownEndpointError: this cluster carries no such endpoint.
        """
        try:
            return self._endpoints[name]
        except KeyError:
            close = get_close_matches(name, self._endpoints, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            message = f"{asked_by} reaches for '{name}', which nothing in this cluster serves{hint}"
            raise UnknownEndpointError(message) from None
