"""Ways out: a port per client."""

from __future__ import annotations

from groundwork.kube.egress import port_of


def test_a_clients_port_follows_from_its_name_alone() -> None:
    """A new client changes no other client's manifest, and the port stays the same for ever."""
    assert port_of("cert-manager") == port_of("cert-manager") != port_of("model-import")
    assert 20000 <= port_of("tool-web-search") < 30000
