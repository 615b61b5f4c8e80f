"""Adapters in step with their declaration, beside a server that runs: copied, loaded, replaced, forgotten.

The server itself says what it has loaded, so nothing is remembered here: after a restart of either all is loaded anew.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["Adapters", "keep", "serve_metrics"]

READY, WORD = ".ready", ".word"
_PATIENCE = 120


@dataclass
class Adapters:
    """The adapters of one server. `listing` names them with their places in S3; `copy` brings a place to a folder."""

    listing: Path
    folder: Path
    server: str
    copy: Callable[[str, Path], None]
    say: Callable[[str], None]
    word: str = field(default_factory=lambda: secrets.token_hex(32), init=False, repr=False)
    wanted: int = field(default=0, init=False)
    loaded: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Leave the word by which the server knows its own pod, where only that can read it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{WORD}.part"
        part.touch(mode=0o600)
        part.write_text(self.word)
        part.replace(self.folder / WORD)

    def step(self) -> None:
        """Bring the server one step closer to the declaration. What fails is said, and tried again with the next step."""
        declared = {str(one["name"]): str(one["source"]) for one in json.loads(self.listing.read_text())}
        self.wanted = len(declared)
        try:
            present = self._present()
        except OSError as error:
            self.loaded = 0
            self.say(f"the server does not answer yet: {error}")
            return
        for name in sorted(present.keys() - declared.keys()):
            self._try(f"{name} is forgotten", self._forget, name)
        for name, source in sorted(declared.items()):
            folder = self.folder / name / hashlib.sha256(source.encode()).hexdigest()[:16]
            if present.get(name) != str(folder):
                self._try(f"{name} is loaded from {source}", self._load, name, source, folder, name in present)
        self.loaded = sum(1 for name in self._present() if name in declared)
        (self.folder / READY).touch()

    def _try(self, done: str, action: Callable[..., None], *arguments: Any) -> None:
        try:
            action(*arguments)
        except (OSError, RuntimeError) as error:
            self.say(f"failed: {arguments[0]}: {error}")
        else:
            self.say(done)

    def _present(self) -> Mapping[str, str]:
        """What the server has loaded, each with its folder."""
        with urllib.request.urlopen(f"{self.server}/v1/models", timeout=_PATIENCE) as answer:  # noqa: S310
            models = json.load(answer)["data"]
        return {str(one["id"]): str(one["root"]) for one in models if one.get("parent")}

    def _load(self, name: str, source: str, folder: Path, replaces: bool) -> None:  # noqa: FBT001
        self.copy(source, folder)
        self._post("load_lora_adapter", {"lora_name": name, "lora_path": str(folder), "load_inplace": replaces})
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)

    def _forget(self, name: str) -> None:
        self._post("unload_lora_adapter", {"lora_name": name})
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def _post(self, what: str, body: Mapping[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310 - the server beside this
            f"{self.server}/v1/{what}",
            json.dumps(body).encode(),
            {"content-type": "application/json", "x-pod-word": self.word},
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
                answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"the server says {error.code}: {error.read().decode(errors='replace')[:500]}") from None


def serve_metrics(adapters: Adapters, port: int) -> ThreadingHTTPServer:
    """Say to Prometheus how many adapters there are, and how many there should be."""

    class Metrics(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = "".join(
                f"# TYPE groundwork_adapters_{name} gauge\ngroundwork_adapters_{name} {value}\n"
                for name, value in (("wanted", adapters.wanted), ("loaded", adapters.loaded))
            ).encode()
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base
            """Keep the log to what changes."""

    server = ThreadingHTTPServer(("", port), Metrics)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def keep(adapters: Adapters, every: float) -> None:
    """For as long as the pod lives."""
    while True:
        adapters.step()
        time.sleep(every)
