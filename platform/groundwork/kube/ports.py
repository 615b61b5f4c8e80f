"""Ports of a container, and what is scraped there."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Port"]


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port that a container listens on.

    `metrics` is the path that Prometheus scrapes, or None. What is not `served` is for the kubelet's probes alone and stands
    in no Service.
    """

    name: str
    number: int
    scheme: str = "tcp"
    metrics: str | None = None
    served: bool = True

    @classmethod
    def http(cls, number: int, *, name: str = "http", metrics: str | None = None) -> Port:
        """A port that speaks HTTP."""
        return cls(name, number, "http", metrics)

    @classmethod
    def probed(cls, number: int, *, name: str = "http") -> Port:
        """A port that answers the kubelet's probes, and nobody else."""
        return cls(name, number, "http", served=False)

    @classmethod
    def grpc(cls, number: int, *, name: str = "grpc") -> Port:
        """A port that speaks gRPC."""
        return cls(name, number, "grpc")

    @classmethod
    def tcp(cls, number: int, *, name: str, scheme: str = "tcp") -> Port:
        """A port that speaks something else; `scheme` is what its URLs begin with."""
        return cls(name, number, scheme)

    @classmethod
    def metrics_only(cls, number: int, *, name: str = "metrics", path: str = "/metrics") -> Port:
        """A port of an exporter."""
        return cls(name, number, "http", path)
