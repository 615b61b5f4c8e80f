"""The embeddings image: the code around llama.cpp, with a stand-in for the program."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
IMAGE = ROOT / "apps/images/embeddings"

STAND_IN = f"""#!{sys.executable}
import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

arguments = sys.argv[1:]
if "/missing.gguf" in arguments:
    sys.exit(3)

class Server(BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def do_GET(self):
        self.answer(200, {{"status": "ok"}})

    def do_POST(self):
        texts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input"]
        self.answer(200 if texts else 400, {{"path": self.path, "texts": texts, "arguments": arguments}})

    def log_message(self, *_):
        pass

HTTPServer(("127.0.0.1", int(arguments[arguments.index("--port") + 1])), Server).serve_forever()
"""


@pytest.fixture(scope="module")
def llama() -> Iterator[Any]:
    """The module that the image runs. Its other module needs Ray, which the image has and this environment has not."""
    sys.path.insert(0, str(IMAGE / "src"))
    yield importlib.import_module("embeddings.llama")
    sys.path.remove(str(IMAGE / "src"))


@pytest.fixture
def settings(llama: Any, tmp_path: Path) -> Any:
    """A replica's settings, with the stand-in as the program."""
    program = tmp_path / "llama-server"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return llama.Settings(model="m", weights="/m.gguf", threads=2, slots=4, context=256, program=str(program))


def asked(server: Any, texts: list[str]) -> Any:
    """What the server answers for these texts."""
    return server.forward("POST", "/v1/embeddings", json.dumps({"input": texts}).encode(), "application/json")


def test_a_request_is_handed_on_and_the_answer_comes_as_it_is(llama: Any, settings: Any) -> None:
    """Status, type and body are llama.cpp's own, mistakes included."""

    async def scenario() -> tuple[Any, Any]:
        server = llama.LlamaServer(settings)
        await server.start()
        await server.check()
        answers = await asked(server, ["a", "b"]), await asked(server, [])
        await server.stop()
        return answers

    good, bad = asyncio.run(scenario())
    assert (good.status, good.content_type) == (200, "application/json; charset=utf-8")
    assert json.loads(good.body)["texts"] == ["a", "b"]
    assert bad.status == 400


def test_a_text_is_never_cut_into_pieces(settings: Any) -> None:
    """All slots share the context, and a batch holds the longest text."""
    arguments = settings.arguments(1234)

    assert arguments[arguments.index("--ctx-size") + 1] == str(4 * 256)
    assert int(arguments[arguments.index("--ubatch-size") + 1]) >= 256
    assert {"--embeddings", "--offline", "--no-slots"} <= set(arguments)


def test_a_server_that_ends_is_not_well(llama: Any, settings: Any) -> None:
    """Serve replaces the replica as soon as its check raises."""

    async def scenario() -> None:
        server = llama.LlamaServer(settings)
        await server.start()
        process = server._process
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        try:
            await server.check()
        finally:
            await server.stop()

    with pytest.raises(llama.NotRunningError, match=r"llama\.cpp ended with -9"):
        asyncio.run(scenario())


def test_weights_that_are_not_there_are_said_at_once(llama: Any, settings: Any) -> None:
    """Nobody waits two minutes for a program that is gone."""
    broken = llama.Settings(**{**vars(settings), "weights": "/missing.gguf"})

    with pytest.raises(llama.NotRunningError, match=r"llama\.cpp ended with 3"):
        asyncio.run(llama.LlamaServer(broken).start())


def test_stopping_leaves_no_process_behind(llama: Any, settings: Any) -> None:
    """A replica that Serve takes away must not keep its cores busy."""

    async def scenario() -> Any:
        server = llama.LlamaServer(settings)
        await server.start()
        process = server._process
        await server.stop()
        return process.returncode

    assert asyncio.run(scenario()) is not None


def test_the_image_and_the_catalogue_mean_the_same_llama_cpp() -> None:
    """The plain server and the replicas of Ray run one build; a bump changes both."""
    pin = yaml.safe_load((ROOT / "platform/groundwork/catalog/versions.yaml").read_text())["images"]["llama-cpp"]

    assert f"FROM {pin['repository']}:{pin['stable']} AS llama" in (IMAGE / "Dockerfile").read_text()


def test_the_image_and_the_ray_service_mean_the_same_ray() -> None:
    """KubeRay chooses its probes by the version that the RayService states."""
    stated = importlib.import_module("groundwork.components.serving.ray_serve").RAY

    assert f"\nray=={stated} " in (IMAGE / "requirements.lock").read_text()
