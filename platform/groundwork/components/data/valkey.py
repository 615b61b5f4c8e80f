"""Valkey: one server per use. A cache may forget, a queue must not, and one server cannot do both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from groundwork.fleet.site import Site
from groundwork.kube.alert import alert
from groundwork.kube.component import Component
from groundwork.kube.endpoint import Endpoint
from groundwork.kube.pods import Probes, Resources, Storage, Volume
from groundwork.kube.ports import Port
from groundwork.kube.stage import Stage
from groundwork.kube.workload import Sidecar

_PORT = Port.tcp(6379, name="valkey", scheme="redis")
_EXPORTER = Port.metrics_only(9121)
_USER = 999
# The password stands in memory only: not in Git, not on a disk, not among the process's arguments. `exec` makes the server
# the one that is asked to stop, so it closes its files.
_START = (
    "umask 077 && cat /etc/groundwork/valkey.conf > /run/valkey/valkey.conf"
    ' && printf "requirepass %s\\n" "$REDISCLI_AUTH" >> /run/valkey/valkey.conf'
    " && exec valkey-server /run/valkey/valkey.conf"
)


@dataclass(frozen=True, kw_only=True)
class _Use:
    configuration: str
    storage: tuple[Storage, ...] = ()


# Half of the pod's memory is data; the rest is for clients' buffers and for the copy that is made while the file is rewritten.
_MEMORY = Resources(cpu="200m", memory="1Gi")
_USES = {
    # Cached answers and counters of the current day: no disk, because an empty cache is only a slow one, and money is
    # counted in Postgres. What does not fit is forgotten, longest unused first.
    "litellm-valkey": _Use(configuration='maxmemory 512mb\nmaxmemory-policy allkeys-lru\nappendonly no\nsave ""\n'),
    # Events that were accepted and not yet written: nothing is dropped, and a crash loses at most a second.
    "langfuse-valkey": _Use(
        configuration="maxmemory 512mb\nmaxmemory-policy noeviction\nappendonly yes\nappendfsync everysec\ndir /data\n",
        storage=(Storage(name="data", mount="/data", size="10Gi"),),
    ),
}


class Valkey(Component):
    """Langfuse's queue and, where LiteLLM is carried, its cache and rate-limit counters. Upstream: catalog/versions.yaml, `valkey`."""

    stage = Stage.DATA
    namespace = "ai-data"

    def endpoints(self) -> list[Endpoint]:
        return [Endpoint.of(name, self.namespace, _PORT) for name in _uses(self.site)]

    def render(self) -> None:
        for name, use in _uses(self.site).items():
            self._server(name, use)
        self._alerts()

    def _server(self, name: str, use: _Use) -> None:
        self.workload(
            name,
            image="valkey",
            resources=_MEMORY,
            ports=[_PORT],
            command=["sh", "-c", _START],
            config={"valkey.conf": use.configuration},
            env={"REDISCLI_AUTH": self.secret(name, "password")},
            # -e: an error, such as LOADING, is no answer.
            probes=Probes.command("valkey-cli", "-e", "ping"),
            storage=use.storage,
            volumes=[Volume.memory("run", "/run/valkey", "1Mi")],
            sidecars=[self._exporter(name)],
            # Two servers behind one name would each count for themselves.
            surge=False,
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

    def _alerts(self) -> None:
        self.alerts(*_alerts())


def _uses(site: Site) -> dict[str, _Use]:
    litellm = site.cluster.gateway.models == "litellm"
    return {name: use for name, use in _USES.items() if litellm or name != "litellm-valkey"}


def _alerts() -> list[dict[str, Any]]:
    return [
        alert(
            "ValkeyDown",
            "redis_up == 0",
            after="5m",
            severity="critical",
            summary="{{ $labels.pod }} does not answer",
            description="Without its cache LiteLLM counts limits per pod; without its queue Langfuse takes no traces.",
            runbook="kubectl -n ai-data describe pod: was it killed for memory, or is its disk attached elsewhere?",
        ),
        alert(
            "ValkeyQueueFull",
            "redis_memory_used_bytes{service='langfuse-valkey'} / redis_memory_max_bytes{service='langfuse-valkey'} > 0.85",
            after="15m",
            severity="critical",
            summary="Langfuse's queue is {{ $value | humanizePercentage }} full",
            description="A full queue takes no more traces; it never drops those that it has.",
            runbook="Is langfuse-worker running, and does ClickHouse take what it writes?",
        ),
        alert(
            "ValkeyDoesNotPersist",
            "redis_aof_last_write_status{service='langfuse-valkey'} == 0",
            after="5m",
            severity="critical",
            summary="Langfuse's queue cannot write its file",
            description="Its server refuses writes until it can; a restart would lose what is queued.",
            runbook="Usually the disk is full: look at the volume of langfuse-valkey.",
        ),
    ]
