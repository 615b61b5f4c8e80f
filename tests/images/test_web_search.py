"""The web-search image: the real server, called by a real MCP client, before a stand-in for the vendor."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from mcp import Client

IMAGE = Path(__file__).resolve().parents[2] / "apps/images/web-search"
KEY = "tvly-made-up-for-this-test"


class Vendor(BaseHTTPRequestHandler):
    """What Tavily answers; the query says which answer a test wants."""

    asked: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body | {"authorization": self.headers["Authorization"]})
        status = int(body["query"].removeprefix("fail ")) if body["query"].startswith("fail ") else 200
        results = [
            {"title": "A page", "url": "https://example.com/a", "content": "x" * 5000, "published_date": "2026-11-20"}
        ]
        answer = json.dumps({"results": results} if status == 200 else {"detail": KEY}).encode()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its base
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def server() -> Generator[tuple[str, subprocess.Popen[str]], None, None]:
    """The server as the image runs it, and its address."""
    vendor = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    threading.Thread(target=vendor.serve_forever, daemon=True).start()
    port = _free_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(IMAGE / "src"),
        "TAVILY_API_KEY": KEY,
        "TAVILY_URL": f"http://127.0.0.1:{vendor.server_port}",
        "PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "web_search"], env=environment, stdout=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}"
    _wait(f"{address}/readyz")
    yield address, process
    process.kill()
    process.communicate()
    vendor.shutdown()
    vendor.server_close()


def test_an_agent_finds_both_functions_and_gets_trimmed_results(server: tuple[str, subprocess.Popen[str]]) -> None:
    """`search` and `news` are offered; results hold title, address, a bounded excerpt and the date."""
    names, result = asyncio.run(_call(server[0], "news", {"query": "eks", "max_results": 3}))

    assert names == {"search", "news"}
    found = result.structured_content["result"][0]
    assert (found["title"], found["url"], found["published"]) == ("A page", "https://example.com/a", "2026-11-20")
    assert len(found["content"]) == 2000
    assert Vendor.asked[-1] == {"query": "eks", "topic": "news", "max_results": 3, "authorization": f"Bearer {KEY}"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"query": "  "}, "the query is empty"),
        ({"query": "x" * 401}, "longer than 400 characters"),
        ({"query": "x", "max_results": 21}, "between 1 and 20"),
        ({"query": "fail 401"}, "does not accept this platform's key"),
        ({"query": "fail 429"}, "asked too often"),
        ({"query": "fail 500"}, "failed with 500"),
    ],
)
def test_a_failed_search_says_what_to_do_and_never_the_key(
    server: tuple[str, subprocess.Popen[str]], arguments: dict[str, Any], says: str
) -> None:
    """Bad input and the vendor's failures are tool errors in plain words."""
    _, result = asyncio.run(_call(server[0], "search", arguments))

    assert result.is_error
    assert says in result.content[0].text
    assert KEY not in result.content[0].text


def test_outcomes_are_counted(server: tuple[str, subprocess.Popen[str]]) -> None:
    """Prometheus sees searches by function and outcome."""
    asyncio.run(_call(server[0], "search", {"query": "eks"}))

    metrics = _get(f"{server[0]}/metrics")

    assert re.search(r'^web_search_requests_total\{function="search",outcome="ok"\} [1-9]', metrics, re.MULTILINE)


def test_a_foreign_host_header_is_refused(server: tuple[str, subprocess.Popen[str]]) -> None:
    """A web page that resolves its own name to this address gets no answer."""
    request = urllib.request.Request(
        f"{server[0]}/mcp", b"{}", {"Host": "evil.example.com", "Content-Type": "application/json"}
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)

    assert refused.value.code == 421
    refused.value.close()


def test_sigterm_ends_it_quickly(server: tuple[str, subprocess.Popen[str]]) -> None:
    """A pod that is asked to stop does, well within its grace period."""
    server[1].send_signal(signal.SIGTERM)

    output, _ = server[1].communicate(timeout=10)
    assert server[1].returncode in (0, -signal.SIGTERM)
    assert KEY not in output
    assert all(json.loads(line)["level"] for line in output.splitlines())


def test_it_refuses_to_start_without_a_key() -> None:
    """A missing secret is said at once, not with the first search."""
    environment = {name: value for name, value in os.environ.items() if name != "TAVILY_API_KEY"}
    environment["PYTHONPATH"] = str(IMAGE / "src")

    run = subprocess.run(
        [sys.executable, "-m", "web_search"], env=environment, check=False, capture_output=True, text=True
    )

    assert run.returncode == 1
    assert "TAVILY_API_KEY is not set" in run.stderr


def test_the_image_pins_everything_and_runs_as_nobody() -> None:
    """The base has a version, packages come with hashes, and the process is not root."""
    lines = (IMAGE / "Dockerfile").read_text().splitlines()

    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert all(re.search(r":\d", base) for base in bases)
    assert any("--require-hashes" in line for line in lines)
    assert "USER 65532:65532" in lines


async def _call(address: str, function: str, arguments: dict[str, Any]) -> tuple[set[str], Any]:
    async with Client(f"{address}/mcp") as client:
        tools = await client.list_tools()
        return {tool.name for tool in tools.tools}, await client.call_tool(function, arguments)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            _get(url)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _get(url: str) -> str:
    with urllib.request.urlopen(url) as response:
        return str(response.read().decode())
