"""What moves a cluster: the real controller-manager, scheduler and Karpenter, and kwok in place of every kubelet."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Iterable
from pathlib import Path

import httpx

from tests.cluster.control_plane import OURS, ApiServer
from tests.cluster.instance_types import Offer
from tests.cluster.processes import Program, free_port, running

__all__ = ["controller_manager", "karpenter", "kubelets", "scheduler"]

_STAGES = Path(__file__).with_name("stages.yaml")


@contextlib.contextmanager
def controller_manager(server: ApiServer) -> Generator[Program]:
    """Deployments make ReplicaSets, these make pods, quotas count them; nothing runs them."""
    with _control_loop(
        server,
        "kube-controller-manager",
        f"--service-account-private-key-file={server.service_account_key}",
        f"--root-ca-file={server.certificate}",
    ) as program:
        yield program


@contextlib.contextmanager
def scheduler(server: ApiServer) -> Generator[Program]:
    """Kubernetes' own, with the profile that it has on EKS: the default."""
    with _control_loop(server, "kube-scheduler") as program:
        yield program


@contextlib.contextmanager
def _control_loop(server: ApiServer, name: str, *more: str) -> Generator[Program]:
    port = free_port()
    command: list[str | Path] = [
        OURS / name,
        f"--kubeconfig={server.kubeconfig}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={server.folder / name}",
        "--authentication-tolerate-lookup-failure=true",
        "--leader-elect=false",
        "--kube-api-qps=500",
        "--kube-api-burst=1000",
        *more,
    ]
    with running(command, server.folder / f"{name}.log") as program:
        program.wait_until(lambda: _answers(f"https://127.0.0.1:{port}/healthz"))
        yield program


@contextlib.contextmanager
def kubelets(server: ApiServer, startup_taints: Iterable[str] = ()) -> Generator[Program]:
    """kwok: nodes become ready and stay so, pods run once they are bound, and agents take these taints off."""
    stages = server.folder / "stages.yaml"
    keys = json.dumps(sorted(startup_taints) or ["none"])
    stages.write_text(_STAGES.read_text().replace("STARTUP_TAINTS", keys))
    port = free_port()
    command: list[str | Path] = [
        OURS / "kwok",
        f"--kubeconfig={server.kubeconfig}",
        f"--config={stages}",
        f"--server-address=127.0.0.1:{port}",
        "--manage-all-nodes",
        "--node-lease-duration-seconds=40",
        "--node-ip=10.0.0.1",
        "--cidr=10.0.0.0/8",
    ]
    with running(command, server.folder / "kwok.log") as program:
        program.wait_until(lambda: _answers(f"http://127.0.0.1:{port}/healthz"))
        yield program


@contextlib.contextmanager
def karpenter(server: ApiServer, offer: Offer, *, idle: int = 1) -> Generator[Program]:
    """Karpenter, which buys from that offer once no pod has come for `idle` seconds. Its CRDs must be there."""
    port = free_port()
    environment = {
        "KUBECONFIG": str(server.kubeconfig),
        "CATALOGUE": str(offer.write(server.folder / "instance-types.json")),
        "METRICS_PORT": str(free_port()),
        "HEALTH_PROBE_PORT": str(port),
        "DISABLE_LEADER_ELECTION": "true",
        "DISABLE_CLUSTER_STATE_OBSERVABILITY": "true",
        "FEATURE_GATES": "NodeOverlay=true",
        "BATCH_IDLE_DURATION": f"{idle}s",
        "BATCH_MAX_DURATION": f"{idle * 10}s",
    }
    with running([OURS / "karpenter"], server.folder / "karpenter.log", environment) as program:
        program.wait_until(lambda: _answers(f"http://127.0.0.1:{port}/readyz"))
        yield program


def _answers(url: str) -> bool:
    """Whether a program of this machine says that it is well; its certificate is one that it has just made for itself."""
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url, verify=False).is_success
    return False
