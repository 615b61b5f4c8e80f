"""Valkey: one instance per use. A cache may forget, a queue must not, and one instance cannot do both."""

from __future__ import annotations

from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.pods import Probes, Resources, Storage
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage
from groundwork.kube.workload import Sidecar

_PORT = Port.tcp(6379, name="valkey", scheme="redis")
_EXPORTER = Port.metrics_only(9121)
_USER = 999
# The password comes from the environment, so that it stands neither in a file nor among the process's arguments.
_START = 'printf "requirepass %s\\n" "$VALKEY_PASSWORD" | cat /etc/groundwork/valkey.conf - | exec valkey-server -'

_CONFIGURATIONS = {
    # Limits and cached answers: what does not fit is forgotten, oldest first.
    "litellm-valkey": "maxmemory 768mb\nmaxmemory-policy allkeys-lru\nappendonly no\nsave 3600 1\ndir /data\n",
    # Jobs that were accepted: nothing is dropped, and a restart loses at most a second.
    "langfuse-valkey": "maxmemory 768mb\nmaxmemory-policy noeviction\nappendonly yes\nappendfsync everysec\ndir /data\n",
}


class Valkey(Component):
    """LiteLLM's cache and rate-limit counters, and Langfuse's queue. Upstream: catalog/versions.yaml, `valkey`."""

    stage = Stage.DATA
    namespace = "ai-data"

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(name, self.namespace, _PORT) for name in _CONFIGURATIONS]

    def render(self) -> None:
        for name in _CONFIGURATIONS:
            self._instance(name)

    def _instance(self, name: str) -> None:
        password = self.secret(name, "password")
        self.workload(
            name,
            image="valkey",
            resources=Resources(cpu="200m", memory="1Gi"),
            ports=[_PORT],
            command=["sh", "-c", _START],
            config={"valkey.conf": _CONFIGURATIONS[name]},
            env={"REDISCLI_AUTH": password, "VALKEY_PASSWORD": password},
            probes=Probes.command("valkey-cli", "ping"),
            storage=[Storage(name="data", mount="/data", size="10Gi")],
            sidecars=[self._exporter(name)],
            user=_USER,
        )

    def _exporter(self, name: str) -> Sidecar:
        return Sidecar(
            name="exporter",
            image=self.image("redis-exporter"),
            resources=Resources(cpu="20m", memory="64Mi"),
            ports=[_EXPORTER],
            env={"REDIS_ADDR": f"redis://localhost:{_PORT.number}", "REDIS_PASSWORD": self.secret(name, "password")},
            probes=Probes.http(_EXPORTER.name, ready="/health"),
        )
