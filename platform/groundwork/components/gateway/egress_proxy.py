"""Egress proxy: the one way to the internet on clusters whose policies cannot name hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.egress import PROXY, port_of
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_NAME = PROXY
_STATUS = Port.metrics_only(9902, name="status", path="/stats/prometheus")
_ENVOY = "type.googleapis.com/envoy.extensions.filters"
# Everything private, link-local and multicast: the proxy leads to the internet, not around other policies.
_NOT_THE_INTERNET = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4")


class EgressProxy(Component):
    """Envoy as a forward proxy: each client reaches, at a port of its own, the hosts that it declares, and nothing else.

    Clients that know proxies ask by CONNECT; others dial the port as if it were the host, and the name in their TLS greeting
    says where they want to go. TLS passes through unopened. A NetworkPolicy cannot say host names, so on self-managed clusters
    this is the only workload that may leave; on Auto Mode an ApplicationNetworkPolicy names hosts.
    Upstream: catalog/versions.yaml, `envoy`.
    """

    stage = Stage.OPERATORS
    namespace = "egress"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.nodes == "karpenter"

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(_NAME, self.namespace, _STATUS)]

    def render(self) -> None:
        self.workload(
            _NAME,
            image="envoy",
            replicas=Replicas(at_least=2),
            resources=Resources(cpu="200m", memory="256Mi"),
            ports=[*(Port.http(port, name=f"out-{port}") for port in self._ports()), _STATUS],
            probes=Probes.http(_STATUS.name, ready="/ready"),
            args=["--config-path", "/etc/groundwork/envoy.yaml"],
            config={"envoy.yaml": as_yaml(self._config())},
            user=65532,
        )
        self.reach_pods(Peer.addresses("0.0.0.0/0", *_NOT_THE_INTERNET), 443, by=_NAME, reason="declared hosts")

    def _ports(self) -> dict[int, str]:
        """Each client's port.

        Raises:
            ValueError: two clients have one, and would reach each other's hosts.
        """
        ports: dict[int, str] = {}
        for client in self.directory.hosts:
            other = ports.setdefault(port_of(client), client)
            if other != client:
                message = (
                    f"the clients '{client}' and '{other}' share a port of the egress proxy: give one another name"
                )
                raise ValueError(message)
        return ports

    def _config(self) -> dict[str, Any]:
        ways_out = [
            _way_out(client, port, self.directory.hosts[client]) for port, client in sorted(self._ports().items())
        ]
        status = _listener("status", _STATUS.number, [{"filters": [_manager("status", [_status_host()])]}])
        return {
            # The admin page stays inside the pod; what others may see of it is published by the listener `status`.
            "admin": {"address": _address("127.0.0.1", 9901)},
            "static_resources": {
                "listeners": [*ways_out, status],
                "clusters": [_dynamic_cluster(), _admin_cluster()],
            },
        }


def _way_out(client: str, port: int, hosts: Sequence[str]) -> dict[str, Any]:
    """The listener of one client. TLS to a name that is not on its list finds no filter chain, a CONNECT no route."""
    greeted = {"filter_chain_match": {"server_names": list(hosts)}, "filters": _by_greeting(client)}
    asked = {
        "filter_chain_match": {"transport_protocol": "raw_buffer"},
        "filters": [_manager(client, [_connection(host) for host in hosts], connect=True)],
    }
    inspector = {"@type": f"{_ENVOY}.listener.tls_inspector.v3.TlsInspector"}
    listening = [{"name": "envoy.filters.listener.tls_inspector", "typed_config": inspector}]
    return _listener(client, port, [greeted, asked]) | {"listener_filters": listening}


def _connection(host: str) -> dict[str, Any]:
    """The virtual host that a CONNECT to a host and port 443 finds."""
    route = {
        "cluster": "internet",
        "timeout": "0s",
        "upgrade_configs": [{"upgrade_type": "CONNECT", "connect_config": {}}],
    }
    return {"name": host, "domains": [f"{host}:443"], "routes": [{"match": {"connect_matcher": {}}, "route": route}]}


def _status_host() -> dict[str, Any]:
    route = {"cluster": "admin"}
    matches = ({"path": "/ready"}, {"path": "/stats/prometheus"})
    return {"name": "status", "domains": ["*"], "routes": [{"match": match, "route": route} for match in matches]}


def _listener(name: str, port: int, chains: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "address": _address("0.0.0.0", port), "filter_chains": chains}  # noqa: S104 - inside its pod


def _manager(name: str, hosts: list[dict[str, Any]], *, connect: bool = False) -> dict[str, Any]:
    filters = [_http_filter("router", "router.v3.Router")]
    manager: dict[str, Any] = {
        "@type": f"{_ENVOY}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": name,
        "route_config": {"name": name, "virtual_hosts": hosts},
    }
    if connect:
        cache = {"dns_cache_config": _DNS_CACHE}
        filters.insert(0, _http_filter("dynamic_forward_proxy", "dynamic_forward_proxy.v3.FilterConfig", **cache))
        manager |= {
            "http2_protocol_options": {"allow_connect": True},
            "upgrade_configs": [{"upgrade_type": "CONNECT"}],
            **_log(name, "%REQ(:AUTHORITY)%"),
        }
    manager["http_filters"] = filters
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}


def _by_greeting(client: str) -> list[dict[str, Any]]:
    """TLS passes through unopened to the host that its greeting names."""
    forward = {
        "@type": f"{_ENVOY}.network.sni_dynamic_forward_proxy.v3.FilterConfig",
        "port_value": 443,
        "dns_cache_config": _DNS_CACHE,
    }
    proxy = {
        "@type": f"{_ENVOY}.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": f"{client}-tls",
        "cluster": "internet",
        **_log(client, "%REQUESTED_SERVER_NAME%"),
    }
    return [
        {"name": "envoy.filters.network.sni_dynamic_forward_proxy", "typed_config": forward},
        {"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy},
    ]


_DNS_CACHE = {"name": "internet", "dns_lookup_family": "V4_ONLY", "max_hosts": 1024}


def _log(client: str, host: str) -> dict[str, Any]:
    """One line of JSON per connection; `host` is Envoy's word for where the client wants to go."""
    line = {
        "time": "%START_TIME%",
        "client": client,
        "address": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
        "host": host,
        "status": "%RESPONSE_CODE%",
        "sent": "%BYTES_SENT%",
        "received": "%BYTES_RECEIVED%",
    }
    kind = "type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"
    config = {"@type": kind, "log_format": {"json_format": line}}
    return {"access_log": [{"name": "envoy.access_loggers.stdout", "typed_config": config}]}


def _http_filter(name: str, kind: str, **config: Any) -> dict[str, Any]:
    return {"name": f"envoy.filters.http.{name}", "typed_config": {"@type": f"{_ENVOY}.http.{kind}", **config}}


def _dynamic_cluster() -> dict[str, Any]:
    kind = "type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig"
    typed = {"@type": kind, "dns_cache_config": _DNS_CACHE}
    return {
        "name": "internet",
        "lb_policy": "CLUSTER_PROVIDED",
        "connect_timeout": "5s",
        "cluster_type": {"name": "envoy.clusters.dynamic_forward_proxy", "typed_config": typed},
    }


def _admin_cluster() -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address("127.0.0.1", 9901)}}
    assignment = {"cluster_name": "admin", "endpoints": [{"lb_endpoints": [endpoint]}]}
    return {"name": "admin", "type": "STATIC", "connect_timeout": "1s", "load_assignment": assignment}


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}
