"""The model-import image: the real program between a stand-in for the hub and one for S3."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "apps/images/model-import/src"
COMMIT = "a" * 40
PREFIX = f"small/{COMMIT}"
WEIGHTS = b"w" * 5_000_000

Run = Callable[..., subprocess.CompletedProcess[str]]


class Hub(BaseHTTPRequestHandler):
    """The hub: a model's files, their hashes, and a storage host to which it sends for the content."""

    files: dict[str, bytes]
    asked: list[str]
    # Faults that a test wants: content that is not what was published, and connections that break after so many bytes.
    content: dict[str, bytes]
    breaks: list[int]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/api/models/"):
            self._answer()
        elif "/resolve/" in self.path:
            self.send_response(302)
            self.send_header("Location", "/storage/" + self.path.rpartition("/")[2])
            self.end_headers()
        else:
            self._store(self.path.rpartition("/")[2])

    def _answer(self) -> None:
        if self.path.startswith("/api/models/acme/gated") and "Authorization" not in self.headers:
            self._send(401, b"{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "accept the licence"})
            return
        if "/revision/" in self.path and COMMIT not in self.path:
            self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            return
        siblings = [self._sibling(name, content) for name, content in self.files.items()]
        self._send(200, json.dumps({"id": "acme/small", "sha": COMMIT, "siblings": siblings}).encode(), {})

    @staticmethod
    def _sibling(name: str, content: bytes) -> dict[str, Any]:
        git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        told: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": git}
        if name.endswith(".safetensors"):
            told["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
        return told

    def _store(self, name: str) -> None:
        content = self.content.get(name, self.files[name])
        start = int(str(re.findall(r"bytes=(\d+)-", self.headers["Range"])[0]))
        self.send_response(206)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = start + self.breaks.pop() if self.breaks and name.endswith(".safetensors") else len(content)
        self.wfile.write(content[start:end])

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base
        """Keep the test's output clean."""


@pytest.fixture
def hub() -> type[Hub]:
    """A hub with one small model."""
    Hub.files = {
        "config.json": b"{}",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": b"",
        "original/params.json": b"{}",
    }
    Hub.asked, Hub.content, Hub.breaks = [], {}, []
    return Hub


@pytest.fixture
def run(s3: Any, hub: type[Hub], s3_environment: dict[str, str], tmp_path: Path) -> Generator[Run, None, None]:
    """The program as the image runs it, before a bucket that is empty."""
    assert stored(s3) == {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    environment = {
        **s3_environment,
        "PYTHONPATH": str(SOURCE),
        "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "HF_HOME": str(tmp_path),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }
    environment.pop("HF_TOKEN", None)

    def one(model: str, prefix: str = PREFIX, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "model_import", model, f"s3://weights/{prefix}/", *options]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment | more, timeout=120)

    yield one
    server.shutdown()
    server.server_close()


def stored(s3: Any) -> dict[str, bytes]:
    """What the bucket holds."""
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="weights").get("Contents", [])]
    return {key: s3.get_object(Bucket="weights", Key=key)["Body"].read() for key in keys}


def test_a_model_is_imported_with_a_manifest_of_what_the_hub_published(run: Run, s3: Any) -> None:
    """Weights and configuration; no pickles, no second format of the same."""
    done = run(f"acme/small@{COMMIT}")

    assert done.returncode == 0, done.stdout + done.stderr
    found = stored(s3)
    manifest = json.loads(found.pop(f"{PREFIX}/groundwork-manifest.json"))
    assert found == {f"{PREFIX}/config.json": b"{}", f"{PREFIX}/model.safetensors": WEIGHTS}
    assert (manifest["repository"], manifest["commit"]) == ("acme/small", COMMIT)
    assert manifest["files"] == [
        {"name": "config.json", "size": 2, "sha256": hashlib.sha256(b"{}").hexdigest()},
        {"name": "model.safetensors", "size": len(WEIGHTS), "sha256": hashlib.sha256(WEIGHTS).hexdigest()},
    ]


def test_what_is_imported_is_not_asked_for_again(run: Run, hub: type[Hub]) -> None:
    """A second run is one question to S3 and none to the hub."""
    run(f"acme/small@{COMMIT}")
    hub.asked.clear()

    done = run(f"acme/small@{COMMIT}")

    assert (done.returncode, hub.asked) == (0, [])
    assert "nothing to do" in done.stdout


def test_an_import_that_was_stopped_goes_on(run: Run, hub: type[Hub], s3: Any) -> None:
    """Large files that are there are not fetched a second time."""
    run(f"acme/small@{COMMIT}")
    s3.delete_object(Bucket="weights", Key=f"{PREFIX}/groundwork-manifest.json")
    hub.asked.clear()

    done = run(f"acme/small@{COMMIT}")

    assert done.returncode == 0
    assert "model.safetensors is there" in done.stdout
    assert not any("model.safetensors" in path for path in hub.asked)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"model.safetensors": b"x" * len(WEIGHTS)}, "model.safetensors: the hash is"),
        ({"config.json": b"[]"}, "config.json: the hash is"),
        ({"config.json": b"{} "}, "config.json: 3 bytes arrived, the hub says 2"),
    ],
)
def test_content_that_is_not_what_the_hub_published_never_appears(
    run: Run, hub: type[Hub], s3: Any, wrong: dict[str, bytes], says: str
) -> None:
    """Neither the file nor a manifest: what stands in the bucket is right."""
    hub.content = wrong

    done = run(f"acme/small@{COMMIT}")

    assert done.returncode == 1
    assert done.stdout.count(says) == 3
    assert f"failed: {says}" in done.stdout
    assert not {f"{PREFIX}/{name}" for name in (*wrong, "groundwork-manifest.json")} & stored(s3).keys()
    assert s3.list_multipart_uploads(Bucket="weights").get("Uploads", []) == []


def test_a_broken_connection_is_taken_up_where_it_was(run: Run, hub: type[Hub], s3: Any) -> None:
    """A file of five gigabytes is not begun anew for one reset."""
    hub.breaks = [1_000_000, 2_000_000]

    done = run(f"acme/small@{COMMIT}")

    assert done.returncode == 0, done.stdout
    assert stored(s3)[f"{PREFIX}/model.safetensors"] == WEIGHTS
    assert sum("/resolve/" in path and "safetensors" in path for path in hub.asked) == 3


def test_a_gated_repository_says_whose_licence_is_missing(run: Run) -> None:
    """With the token it is imported like any other; the token stays between the program and the hub."""
    without = run("acme/gated", "gated/unpinned")
    with_token = run("acme/gated", "gated/unpinned", HF_TOKEN="hf_made_up")

    assert (without.returncode, with_token.returncode) == (1, 0)
    assert "failed: acme/gated is gated: accept its licence" in without.stdout
    assert "hf_made_up" not in with_token.stdout


def test_without_a_revision_the_commit_of_the_day_stays(run: Run, hub: type[Hub], s3: Any) -> None:
    """The manifest says which it was; a later run does not replace it under running servers."""
    first = run("acme/small", "small/unpinned")
    hub.files["config.json"] = b'{"newer": 1}'

    second = run("acme/small", "small/unpinned")

    assert (first.returncode, second.returncode) == (0, 0)
    assert stored(s3)["small/unpinned/config.json"] == b"{}"
    assert json.loads(stored(s3)["small/unpinned/groundwork-manifest.json"])["commit"] == COMMIT


def test_a_folder_that_holds_another_model_is_not_overwritten(run: Run) -> None:
    """A name that was used before leads to somebody's running server."""
    run(f"acme/small@{COMMIT}")

    done = run(f"acme/other@{COMMIT}")

    assert done.returncode == 1
    assert f"holds acme/small@{COMMIT}, not acme/other@{COMMIT}: remove it first" in done.stdout


def test_a_revision_that_does_not_exist_is_said(run: Run) -> None:
    """One sentence, no traceback."""
    done = run(f"acme/small@{'b' * 40}")

    assert (done.returncode, done.stderr) == (1, "")
    assert f"failed: acme/small has no revision {'b' * 40}" in done.stdout


def test_a_repository_without_safe_weights_is_refused(run: Run, hub: type[Hub]) -> None:
    """Pickles can run code in the server that loads them."""
    del hub.files["model.safetensors"]

    done = run(f"acme/small@{COMMIT}")

    assert done.returncode == 1
    assert "has no safetensors files" in done.stdout


def test_of_a_repository_of_gguf_files_one_is_taken(run: Run, hub: type[Hub], s3: Any) -> None:
    """The others are the same model in other precisions; the one that is missing is named."""
    hub.files = {"config.json": b"{}", "small-Q8_0.gguf": b"8" * 100, "small-Q4_K_M.gguf": b"4" * 50}

    done = run("acme/small", PREFIX, "--file=small-Q8_0.gguf")
    other = run("acme/small", PREFIX, "--file=small-Q4_K_M.gguf")
    none = run("acme/small", "small/other", "--file=small-Q2_K.gguf")

    assert (done.returncode, other.returncode, none.returncode) == (0, 1, 1)
    assert set(stored(s3)) == {f"{PREFIX}/small-Q8_0.gguf", f"{PREFIX}/groundwork-manifest.json"}
    assert "does not hold small-Q4_K_M.gguf: remove its manifest first" in other.stdout
    assert "has no small-Q2_K.gguf" in none.stdout


def test_a_gguf_file_may_be_written_in_capitals(run: Run, hub: type[Hub], s3: Any) -> None:
    """Some are; the hub tells the two apart."""
    hub.files = {"small-f16.GGUF": b"8" * 100}

    assert run("acme/small", PREFIX, "--file=small-f16.GGUF").returncode == 0
    assert f"{PREFIX}/small-f16.GGUF" in stored(s3)
