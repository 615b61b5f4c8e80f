"""Ports are named by what they speak."""

from __future__ import annotations

import pytest

from groundwork.kube.ports import Port


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        (Port.http(8080), ("http", 8080, "http", None)),
        (Port.http(8080, name="api", metrics="/metrics"), ("api", 8080, "http", "/metrics")),
        (Port.grpc(9000), ("grpc", 9000, "grpc", None)),
        (Port.tcp(5432, name="postgres", scheme="postgresql"), ("postgres", 5432, "postgresql", None)),
        (Port.metrics_only(9100), ("metrics", 9100, "http", "/metrics")),
    ],
)
def test_a_port_has_name_number_scheme_and_metrics(port: Port, expected: tuple[str, int, str, str | None]) -> None:
    """Only a port that says a path is scraped."""
    assert expected == (port.name, port.number, port.scheme, port.metrics)
