"""A control plane on this machine: the real API server over a real etcd, on ports of its own, in a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import ssl
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.cluster.processes import free_port, running

__all__ = ["OURS", "ApiServer", "api_server"]

# Programs that are built here, and a folder of etcd and kube-apiserver that a machine may have.
OURS = Path(__file__).resolve().parents[2] / ".cache/bin"
_PROGRAMS = Path(os.environ.get("KUBEBUILDER_ASSETS") or OURS)
_TOKEN = "token-of-this-run"


@dataclass(frozen=True, kw_only=True)
class ApiServer:
    """A server that answers. `folder` is where everything of this run is kept: keys, logs, data."""

    client: httpx.Client
    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "certificates/apiserver.crt"

    @property
    def service_account_key(self) -> Path:
        return self.folder / "service-accounts.pem"

    @property
    def kubeconfig(self) -> Path:
        """How other programs find it, as whoever may do everything."""
        return self.folder / "kubeconfig.json"

    def write_kubeconfig(self) -> None:
        cluster = {"server": str(self.client.base_url), "certificate-authority": str(self.certificate)}
        body = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "box",
            "clusters": [{"name": "box", "cluster": cluster}],
            "users": [{"name": "tests", "user": {"token": _TOKEN}}],
            "contexts": [{"name": "box", "context": {"cluster": "box", "user": "tests"}}],
        }
        self.kubeconfig.write_text(json.dumps(body))


@contextlib.contextmanager
def api_server(folder: Path) -> Generator[ApiServer]:
    """An API server that starts now and is gone afterwards, with everything that was started."""
    with contextlib.ExitStack() as ending:
        store = f"http://127.0.0.1:{free_port()}"
        ending.enter_context(running(_etcd(folder, store), folder / "etcd.log"))
        port = free_port()
        program = ending.enter_context(running(_api_server(folder, store, port), folder / "kube-apiserver.log"))
        certificate = folder / "certificates/apiserver.crt"
        program.wait_until(lambda: certificate.exists() and certificate.stat().st_size > 0)
        client = httpx.Client(
            base_url=f"https://127.0.0.1:{port}",
            verify=ssl.create_default_context(cafile=certificate),
            headers={"Authorization": f"Bearer {_TOKEN}"},
            timeout=60,
        )
        ending.enter_context(client)
        program.wait_until(lambda: _ready(client))
        server = ApiServer(client=client, folder=folder)
        server.write_kubeconfig()
        yield server


def _ready(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return client.get("/readyz").is_success
    return False


def _etcd(folder: Path, address: str) -> list[str | Path]:
    peers = f"http://127.0.0.1:{free_port()}"
    return [
        _PROGRAMS / "etcd",
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={address}",
        f"--advertise-client-urls={address}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",
    ]


def _api_server(folder: Path, store: str, port: int) -> list[str | Path]:
    key = folder / "service-accounts.pem"
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    tokens = folder / "tokens.csv"
    tokens.write_text(f"{_TOKEN},tests,tests,system:masters\n")
    return [
        _PROGRAMS / "kube-apiserver",
        f"--etcd-servers={store}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certificates'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=172.20.0.0/16",
        "--enable-admission-plugins=ResourceQuota,LimitRanger,PodSecurity",
        "--allow-privileged=true",
    ]
