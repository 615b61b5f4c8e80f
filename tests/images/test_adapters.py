"""Adapters beside a server: what is declared is loaded, what changes is replaced, what goes is forgotten."""

from __future__ import annotations

import importlib
import json
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "apps/images/s5cmd/src"


class Server(BaseHTTPRequestHandler):
    """As vLLM answers: a second load of a name is refused unless it replaces, an unload of none as well."""

    loaded: dict[str, str]
    refused: set[str]
    folder: Path

    def do_GET(self) -> None:
        adapters = [{"id": name, "root": path, "parent": "base"} for name, path in self.loaded.items()]
        self.answer(200, {"data": [{"id": "base", "root": "/models/base", "parent": None}, *adapters]})

    def do_POST(self) -> None:
        assert self.headers["x-pod-word"] == (self.folder / ".word").read_text()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = body["lora_name"]
        if self.path == "/v1/unload_lora_adapter":
            found = self.loaded.pop(name, None)
            self.answer(200 if found else 404, {})
        elif name in self.refused or (name in self.loaded and not body["load_inplace"]):
            self.answer(400, {"message": "no"})
        else:
            assert (Path(body["lora_path"]) / "adapter_config.json").is_file()
            self.loaded[name] = body["lora_path"]
            self.answer(200, {})

    def answer(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def module() -> Iterator[Any]:
    """The module as the image runs it."""
    sys.path.insert(0, str(SOURCE))
    yield importlib.import_module("weights.adapters")
    sys.path.remove(str(SOURCE))


class Pod:
    """A server, a list, a disk and a bucket."""

    def __init__(self, module: Any, folder: Path) -> None:
        self.handler = type("Handler", (Server,), {"loaded": {}, "refused": set(), "folder": folder / "adapters"})
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.listing, self.disk = folder / "adapters.json", folder / "adapters"
        self.said: list[str] = []
        self.bucket: set[str] = set()
        address = f"http://127.0.0.1:{self.http.server_port}"
        self.adapters = module.Adapters(self.listing, self.disk, address, self.copy, self.said.append)

    def copy(self, source: str, folder: Path) -> None:
        """From the bucket, if it is there."""
        if source not in self.bucket:
            raise RuntimeError(f"{source} has no manifest")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "adapter_config.json").write_text(source)

    def declare(self, **sources: str) -> None:
        """What the list says, and one look at it."""
        self.bucket |= {source for source in sources.values() if "missing" not in source}
        self.listing.write_text(json.dumps([{"name": name, "source": source} for name, source in sources.items()]))
        self.adapters.step()

    @property
    def loaded(self) -> dict[str, str]:
        """The sources of what the server has loaded."""
        found: dict[str, str] = self.handler.loaded  # type: ignore[attr-defined]
        return {name: (Path(path) / "adapter_config.json").read_text() for name, path in found.items()}


@pytest.fixture
def pod(module: Any, tmp_path: Path) -> Iterator[Pod]:
    """A pod whose server has loaded nothing yet."""
    one = Pod(module, tmp_path)
    yield one
    one.http.shutdown()
    one.http.server_close()


def test_what_is_declared_is_loaded_into_the_running_server(pod: Pod) -> None:
    """One more is loaded beside the first, which is left alone."""
    pod.declare(tone="s3://b/tone/1/")
    pod.declare(tone="s3://b/tone/1/", law="s3://b/law/7/")

    assert pod.loaded == {"tone": "s3://b/tone/1/", "law": "s3://b/law/7/"}
    assert [one for one in pod.said if "tone" in one] == ["tone is loaded from s3://b/tone/1/"]


def test_a_new_revision_takes_the_place_of_the_old_one(pod: Pod) -> None:
    """Without a moment in which the name is unknown; and the old files go from the disk."""
    pod.declare(tone="s3://b/tone/1/")
    pod.declare(tone="s3://b/tone/2/")

    assert pod.loaded == {"tone": "s3://b/tone/2/"}
    assert len(list((pod.disk / "tone").iterdir())) == 1


def test_what_is_no_longer_declared_is_forgotten(pod: Pod) -> None:
    """By the server and on the disk."""
    pod.declare(tone="s3://b/tone/1/")
    pod.declare()

    assert pod.loaded == {}
    assert not (pod.disk / "tone").exists()


def test_after_a_restart_of_the_server_all_is_loaded_anew(pod: Pod) -> None:
    """The server says what it has; nothing else is believed."""
    pod.declare(tone="s3://b/tone/1/")
    pod.handler.loaded.clear()  # type: ignore[attr-defined]
    pod.adapters.step()

    assert pod.loaded == {"tone": "s3://b/tone/1/"}


def test_one_that_is_not_there_keeps_no_other_from_being_loaded(pod: Pod) -> None:
    """It is said, counted, and tried again; the pod is ready all the same."""
    pod.declare(absent="s3://b/missing/1/", tone="s3://b/tone/1/")

    assert pod.loaded == {"tone": "s3://b/tone/1/"}
    assert "failed: absent: s3://b/missing/1/ has no manifest" in pod.said
    assert (pod.adapters.wanted, pod.adapters.loaded) == (2, 1)
    assert (pod.disk / ".ready").exists()


def test_what_the_server_refuses_is_said_in_its_words(pod: Pod) -> None:
    """A rank that is too high, an adapter of another model: only the server knows."""
    pod.handler.refused.add("tone")  # type: ignore[attr-defined]
    pod.declare(tone="s3://b/tone/1/")

    assert any("the server says 400" in one for one in pod.said)
    assert pod.adapters.loaded == 0


def test_before_the_server_answers_nothing_is_ready(pod: Pod) -> None:
    """A replica that answered without its adapters would refuse their callers."""
    pod.http.shutdown()
    pod.http.server_close()
    pod.declare(tone="s3://b/tone/1/")

    assert not (pod.disk / ".ready").exists()
    assert pod.said[0].startswith("the server does not answer yet")


def test_only_the_pod_can_read_its_word(pod: Pod) -> None:
    """The server takes orders from whoever says it; each start makes another."""
    file = pod.disk / ".word"

    assert file.stat().st_mode & 0o077 == 0
    assert len(file.read_text()) == 64


def test_prometheus_learns_how_many_are_missing(module: Any, pod: Pod) -> None:
    """Wanted and loaded, as two series."""
    pod.declare(absent="s3://b/missing/1/", tone="s3://b/tone/1/")
    server = module.serve_metrics(pod.adapters, 0)

    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    server.shutdown()
    server.server_close()

    assert "groundwork_adapters_wanted 2\n" in text
    assert "groundwork_adapters_loaded 1\n" in text
