"""A control plane on this machine: the real API server over a real etcd, on ports of its own, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Generator, Sequence
from pathlib import Path

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

__all__ = ["running"]

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("KUBEBUILDER_ASSETS") or ROOT / ".cache/bin")
TOKEN = "token-of-this-run"
_PATIENCE = 120


@contextlib.contextmanager
def running(folder: Path) -> Generator[httpx.Client]:
    """A client of an API server that starts now and is gone afterwards, with everything that was started."""
    with contextlib.ExitStack() as ending:
        store = f"http://127.0.0.1:{_free_port()}"
        ending.enter_context(_process(_etcd(folder, store), folder / "etcd.log"))
        port = _free_port()
        server = ending.enter_context(_process(_api_server(folder, store, port), folder / "kube-apiserver.log"))
        certificate = folder / "certificates/apiserver.crt"
        _wait_for(certificate, server, folder)
        client = httpx.Client(
            base_url=f"https://127.0.0.1:{port}",
            verify=ssl.create_default_context(cafile=certificate),
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=60,
        )
        ending.enter_context(client)
        _wait_until_ready(client, server, folder)
        yield client


def _etcd(folder: Path, address: str) -> list[str | Path]:
    peers = f"http://127.0.0.1:{_free_port()}"
    return [
        PROGRAMS / "etcd",
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
    tokens.write_text(f"{TOKEN},tests,tests,system:masters\n")
    return [
        PROGRAMS / "kube-apiserver",
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


@contextlib.contextmanager
def _process(command: Sequence[str | Path], log: Path) -> Generator[subprocess.Popen[bytes]]:
    """A program in a process group of its own, so that a Ctrl-C reaches it through us and not before us."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(file: Path, process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(_PATIENCE * 10):
        if file.exists() and file.stat().st_size:
            return
        _still_running(process, folder)
    raise TimeoutError(f"{file.name} did not appear within {_PATIENCE} s")


def _wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(_PATIENCE * 10):
        with contextlib.suppress(httpx.TransportError):
            if client.get("/readyz").is_success:
                return
        _still_running(process, folder)
    raise TimeoutError(f"the API server was not ready within {_PATIENCE} s")


def _still_running(process: subprocess.Popen[bytes], folder: Path) -> None:
    time.sleep(0.1)
    if process.poll() is not None:
        last = (folder / "kube-apiserver.log").read_text(errors="replace").splitlines()[-5:]
        raise RuntimeError("the API server has ended:\n" + "\n".join(last))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
