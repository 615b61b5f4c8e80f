"""Flow: one allowed connection. Flows are what components declare; NetworkPolicies are compiled from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from groundwork.kube.labels import selector_labels

__all__ = ["EVERY_PORT", "Flow", "Peer"]

# For members of one group that open ports among themselves as they go; say why where it is used.
EVERY_PORT = 0


@dataclass(frozen=True, slots=True, order=True)
class Peer:
    """One end of a flow: pods selected by labels in a namespace, an address range, or a host name on the internet."""

    namespace: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    cidr: str = ""
    excluding: tuple[str, ...] = ()
    host: str = ""

    @classmethod
    def pods(cls, namespace: str, labels: Mapping[str, str]) -> Peer:
        """Pods of a namespace by their labels."""
        return cls(namespace=namespace, labels=tuple(sorted(labels.items())))

    @classmethod
    def workload(cls, name: str, namespace: str) -> Peer:
        """The pods of a workload that this platform builds."""
        return cls.pods(namespace, selector_labels(name))

    @classmethod
    def addresses(cls, cidr: str, *excluding: str) -> Peer:
        """An address range, without some parts of it."""
        return cls(cidr=cidr, excluding=excluding)

    @classmethod
    def internet(cls, host: str) -> Peer:
        """A host name; NetworkPolicy cannot say these, so something else has to (see network)."""
        return cls(host=host)

    @property
    def is_pods(self) -> bool:
        """Whether this end is inside the cluster and so has a policy of its own."""
        return bool(self.labels)


@dataclass(frozen=True, slots=True, order=True)
class Flow:
    """`source` may open connections to `port` of `target`, or to EVERY_PORT. It is the pods' port; `reason` is for people."""

    source: Peer
    target: Peer
    port: int
    protocol: str = "TCP"
    reason: str = ""
