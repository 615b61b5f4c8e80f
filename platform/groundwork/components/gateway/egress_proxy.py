"""Egress proxy: the one way to the internet on clusters whose policies cannot name hosts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.component import Component
from groundwork.kube.configuration import as_yaml
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.flow import Peer
from groundwork.kube.pods import Probes, Replicas, Resources
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage

_NAME = "egress-proxy"
_PROXY = Port.http(3128, name="proxy")
_TLS = Port.tcp(8443, name="tls", scheme="https")
_STATUS = Port.metrics_only(9902, name="status", path="/stats/prometheus")
_ENVOY = "type.googleapis.com/envoy.extensions.filters"
# Everything private, link-local and multicast: the proxy leads to the internet, not around other policies.
_NOT_THE_INTERNET = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4")


class EgressProxy(Component):
    """Envoy as a forward proxy: CONNECT to the hosts that components and tools declare, port 443, and to nothing else.

    A client that knows no proxies dials the second port, `egress-proxy-tls`, as if it were the host: the name in its TLS
    greeting says where it wants to go. TLS passes through unopened. A NetworkPolicy cannot say host names, so on
    self-managed clusters this is the only workload that may leave; on Auto Mode an ApplicationNetworkPolicy names hosts.
    Upstream: catalog/versions.yaml, `envoy`.
    """

    stage = Stage.OPERATORS
    namespace = "egress"

    @classmethod
    def carried(cls, site: Site) -> bool:
        return site.cluster.nodes == "karpenter"

    def endpoints(self) -> list[Endpoint]:
        pods = Peer.workload(_NAME, self.namespace)
        return [
            Endpoint.of(_NAME, self.namespace, _PROXY),
            Endpoint.of(_NAME, self.namespace, _TLS, pods=pods).named(f"{_NAME}-tls"),
        ]

    def render(self) -> None:
        self.workload(
            _NAME,
            image="envoy",
            replicas=Replicas(at_least=2),
            resources=Resources(cpu="200m", memory="256Mi"),
            ports=[_PROXY, _TLS, _STATUS],
            probes=Probes.http(_STATUS.name, ready="/ready"),
            args=["--config-path", "/etc/groundwork/envoy.yaml"],
            config={"envoy.yaml": as_yaml(self._config())},
            user=65532,
        )
        self.reach_pods(Peer.addresses("0.0.0.0/0", *_NOT_THE_INTERNET), 443, by=_NAME, reason="declared hosts")

    def _config(self) -> dict[str, Any]:
        return {
            # The admin page stays inside the pod; what others may see of it is published by the second listener.
            "admin": {"address": _address("127.0.0.1", 9901)},
            "static_resources": {
                "listeners": [
                    _listener("proxy", _PROXY.number, self._allowed(), connect=True),
                    # Without names to match, a filter chain takes everything.
                    *([_by_greeting(self.directory.hosts)] if self.directory.hosts else []),
                    _listener("status", _STATUS.number, [_status_host()], connect=False),
                ],
                "clusters": [_dynamic_cluster(), _admin_cluster()],
            },
        }

    def _allowed(self) -> list[dict[str, Any]]:
        """One virtual host per declared host; a CONNECT to any other finds no route and is refused with 404."""
        return [
            {
                "name": host,
                "domains": [f"{host}:443"],
                "routes": [
                    {
                        "match": {"connect_matcher": {}},
                        "route": {
                            "cluster": "internet",
                            "timeout": "0s",
                            "upgrade_configs": [{"upgrade_type": "CONNECT", "connect_config": {}}],
                        },
                    }
                ],
            }
            for host in self.directory.hosts
        ]


def _status_host() -> dict[str, Any]:
    route = {"cluster": "admin"}
    matches = ({"path": "/ready"}, {"path": "/stats/prometheus"})
    return {"name": "status", "domains": ["*"], "routes": [{"match": match, "route": route} for match in matches]}


def _listener(name: str, port: int, hosts: list[dict[str, Any]], *, connect: bool) -> dict[str, Any]:
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
            **_log("%REQ(:AUTHORITY)%"),
        }
    manager["http_filters"] = filters
    chain = {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
    return {"name": name, "address": _address("0.0.0.0", port), "filter_chains": [chain]}  # noqa: S104 - inside its pod


def _by_greeting(hosts: Iterable[str]) -> dict[str, Any]:
    """TLS passes through unopened to the host that its greeting names, if it is declared; others find no filter chain."""
    forward = {
        "@type": f"{_ENVOY}.network.sni_dynamic_forward_proxy.v3.FilterConfig",
        "port_value": 443,
        "dns_cache_config": _DNS_CACHE,
    }
    proxy = {
        "@type": f"{_ENVOY}.network.tcp_proxy.v3.TcpProxy",
        "stat_prefix": _TLS.name,
        "cluster": "internet",
        **_log("%REQUESTED_SERVER_NAME%"),
    }
    chain = {
        "filter_chain_match": {"server_names": list(hosts)},
        "filters": [
            {"name": "envoy.filters.network.sni_dynamic_forward_proxy", "typed_config": forward},
            {"name": "envoy.filters.network.tcp_proxy", "typed_config": proxy},
        ],
    }
    inspector = {"@type": f"{_ENVOY}.listener.tls_inspector.v3.TlsInspector"}
    return {
        "name": _TLS.name,
        "address": _address("0.0.0.0", _TLS.number),  # noqa: S104 - inside its pod
        "listener_filters": [{"name": "envoy.filters.listener.tls_inspector", "typed_config": inspector}],
        "filter_chains": [chain],
    }


_DNS_CACHE = {"name": "internet", "dns_lookup_family": "V4_ONLY", "max_hosts": 1024}


def _log(host: str) -> dict[str, Any]:
    """One line of JSON per connection; `host` is Envoy's word for where the client wants to go."""
    line = {
        "time": "%START_TIME%",
        "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
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
