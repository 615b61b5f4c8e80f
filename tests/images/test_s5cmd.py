"""The s5cmd image: weights arrive whole or not at all, by the real s5cmd from a stand-in for S3."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).resolve().parents[2] / "apps/images/s5cmd/src"
SOURCE = "s3://weights/small/abc"
FILES = {"config.json": b"{}", "model-00001.safetensors": b"1" * 300_000, "tokenizer/vocabulary.txt": b"a\nb\n"}

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(s3_environment: dict[str, str], s5cmd: Path) -> Run:
    """The program as the image runs it."""

    def one(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**s3_environment, "S5CMD": str(s5cmd), "PYTHONPATH": str(PROGRAM)}
        command = [sys.executable, "-m", "weights", *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=120)

    return one


def put(s3: Any, files: dict[str, bytes], manifest: dict[str, bytes] | None) -> None:
    """Files in the bucket, and a manifest that promises these contents."""
    for name, content in files.items():
        s3.put_object(Bucket="weights", Key=f"small/abc/{name}", Body=content)
    if manifest is not None:
        listed = [
            {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in manifest.items()
        ]
        body = json.dumps({"files": listed}).encode()
        s3.put_object(Bucket="weights", Key="small/abc/groundwork-manifest.json", Body=body)


def test_a_model_arrives_as_the_manifest_has_it(run: Run, s3: Any, tmp_path: Path) -> None:
    """Every file, in its folder, and nothing beside it."""
    put(s3, FILES | {"left-over.bin": b"not of this model"}, FILES)

    done = run("copy", SOURCE, str(tmp_path / "small"))

    assert done.returncode == 0, done.stdout + done.stderr
    found = {
        str(one.relative_to(tmp_path / "small")): one.read_bytes()
        for one in (tmp_path / "small").rglob("*")
        if one.is_file()
    }
    assert found == FILES


def test_a_restarted_container_copies_only_what_is_missing(run: Run, s3: Any, tmp_path: Path) -> None:
    """What has its name is whole: its content in the bucket is not looked at again."""
    put(s3, FILES, FILES)
    run("copy", SOURCE, str(tmp_path))
    s3.delete_object(Bucket="weights", Key="small/abc/model-00001.safetensors")
    (tmp_path / "config.json").unlink()

    done = run("copy", SOURCE, str(tmp_path))

    assert done.returncode == 0, done.stdout
    assert "2 of 3 files are here" in done.stdout
    assert (tmp_path / "config.json").read_bytes() == b"{}"


def test_half_a_file_of_a_killed_copy_is_not_taken_for_one(run: Run, s3: Any, tmp_path: Path) -> None:
    """A file that is shorter than promised, or still on its way, is fetched again."""
    put(s3, FILES, FILES)
    (tmp_path / ".incoming").mkdir()
    (tmp_path / ".incoming/config.json").write_bytes(b"{")
    (tmp_path / "model-00001.safetensors").write_bytes(b"1" * 10)

    done = run("copy", SOURCE, str(tmp_path))

    assert done.returncode == 0, done.stdout
    assert (tmp_path / "model-00001.safetensors").read_bytes() == FILES["model-00001.safetensors"]


def test_a_wrong_file_is_fetched_again_and_then_a_failure_that_names_it(run: Run, s3: Any, tmp_path: Path) -> None:
    """The server must not load it: nothing stands under its name."""
    put(s3, FILES | {"config.json": b"[]"}, FILES)

    done = run("copy", SOURCE, str(tmp_path))

    assert done.returncode == 1
    assert done.stdout.count("config.json: its checksum is") == 3
    assert "failed: config.json cannot be had whole in 3 attempts" in done.stdout
    assert not (tmp_path / "config.json").exists()


def test_a_file_that_the_bucket_lost_is_a_failure_that_names_it(run: Run, s3: Any, tmp_path: Path) -> None:
    """The manifest promises it."""
    put(s3, {}, {"config.json": b"{}"})

    done = run("copy", SOURCE, str(tmp_path))

    assert done.returncode == 1
    assert "config.json: S3 says:" in done.stdout


def test_without_a_manifest_nothing_is_copied(run: Run, s3: Any, tmp_path: Path) -> None:
    """Half an import must never be taken for a whole one; the message says where to look."""
    put(s3, FILES, None)

    done = run("copy", SOURCE, str(tmp_path))

    assert done.returncode == 1
    assert "failed: s3://weights/small/abc has no groundwork-manifest.json: its import is not finished" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_takes_too_long_says_so(run: Run, s3: Any, tmp_path: Path) -> None:
    """The budget follows from the size; a start without end would hide a slow disk."""
    put(s3, FILES, FILES)

    done = run("copy", SOURCE, str(tmp_path), "--within", "0")

    assert done.returncode == 1
    assert "not done after 0 s: S3 or the disk is slower than planned for" in done.stdout


def test_a_model_that_does_not_fit_is_refused_before_it_fills_the_disk(run: Run, s3: Any, tmp_path: Path) -> None:
    """A full disk evicts every pod of the node."""
    listed = [{"name": "model.safetensors", "size": 10**18, "sha256": "0" * 64}]
    s3.put_object(
        Bucket="weights", Key="small/abc/groundwork-manifest.json", Body=json.dumps({"files": listed}).encode()
    )

    done = run("copy", SOURCE, str(tmp_path))

    assert done.returncode == 1
    assert "1,000,000,000,000 MB are missing" in done.stdout


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", ".incoming/x"])
def test_a_manifest_that_names_a_place_outside_is_refused(run: Run, s3: Any, tmp_path: Path, name: str) -> None:
    """Whoever can write to the bucket must not write to the pod."""
    put(s3, {}, {name: b""})

    done = run("copy", SOURCE, str(tmp_path))

    assert done.returncode == 1
    assert "outside the model's folder" in done.stdout


def test_what_is_no_manifest_is_said(run: Run, s3: Any, tmp_path: Path) -> None:
    """One sentence, no traceback."""
    s3.put_object(Bucket="weights", Key="small/abc/groundwork-manifest.json", Body=b"<html>")

    done = run("copy", SOURCE, str(tmp_path))

    assert done.returncode == 1
    assert "is not a manifest" in done.stdout
    assert done.stderr == ""


def test_a_rollout_waits_for_what_is_not_imported(run: Run, s3: Any) -> None:
    """Time runs out with the names of those models, not of the others."""
    put(s3, {}, FILES)

    done = run("await", SOURCE, "s3://weights/large/def", "--within", "1")
    alone = run("await", SOURCE, "--within", "1")

    assert (done.returncode, alone.returncode) == (1, 0)
    assert "failed: not imported yet: s3://weights/large/def; look at the Jobs import-..." in done.stdout
    assert "the weights of 1 models are in S3" in alone.stdout


class Refusal(BaseHTTPRequestHandler):
    """What S3 answers to pods without the right to read."""

    def do_HEAD(self) -> None:
        self.send_response(403)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base
        """Keep the test's output clean."""


def test_a_bucket_that_refuses_is_not_waited_for(run: Run, s3_environment: dict[str, str]) -> None:
    """Missing rights do not pass by waiting; the Job is tried again, and its log says why."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    s3_environment["S3_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_port}"

    done = run("await", SOURCE, "--within", "600")

    server.shutdown()
    server.server_close()
    assert done.returncode == 1
    assert f"S3 does not give {SOURCE}/groundwork-manifest.json" in done.stdout
