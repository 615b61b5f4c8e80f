"""A llama.cpp server as a child process on a port of its own: started, watched, and ended with its owner."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

__all__ = ["Answer", "LlamaServer", "NotRunningError", "Settings"]

PROGRAM = "/opt/llama.cpp/llama-server"
# llama.cpp takes the tokens of a text in one piece when it embeds; less than this saves nothing.
_BATCH = 512
_START = 120.0
_STOP = 10.0
_ANSWER = 60.0


class NotRunningError(RuntimeError):
    """The server has ended, or does not answer."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a replica serves: the name of the model, its GGUF file, cores, texts at once, and tokens of the longest text."""

    model: str
    weights: str
    threads: int
    slots: int
    context: int
    program: str = PROGRAM

    def arguments(self, port: int) -> list[str]:
        """The command line; llama.cpp knows no `--flag=value`."""
        batch = str(max(_BATCH, self.context))
        return [
            *("--model", self.weights, "--alias", self.model),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--threads", str(self.threads), "--parallel", str(self.slots)),
            *("--ctx-size", str(self.slots * self.context), "--batch-size", batch, "--ubatch-size", batch),
            *("--embeddings", "--cache-ram", "0", "--no-slots", "--no-webui", "--offline"),
        ]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the server said."""

    status: int
    content_type: str
    body: bytes


class LlamaServer:
    """One server and the connections to it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._port = _free_port()
        self._client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._port}", timeout=_ANSWER)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the server and wait until it has loaded the model.

        Raises:
            NotRunningError: it ended instead, or took too long.
        """
        environment: Mapping[str, str] = {**os.environ, "LD_LIBRARY_PATH": os.path.dirname(self._settings.program)}  # noqa: PTH120
        self._process = await asyncio.create_subprocess_exec(
            self._settings.program, *self._settings.arguments(self._port), env=environment
        )
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START):
                while not await self._answers():
                    self._refuse_ended()
                    await asyncio.sleep(0.2)
                return
        await self.stop()
        message = f"llama.cpp did not load {self._settings.weights} within {_START:.0f} s"
        raise NotRunningError(message)

    async def check(self) -> None:
        """Whether it still runs and answers.

        Raises:
            NotRunningError: it does not.
        """
        self._refuse_ended()
        if not await self._answers():
            raise NotRunningError("llama.cpp runs but does not answer")

    async def forward(self, method: str, path: str, body: bytes, content_type: str) -> Answer:
        """Hand a request on; the answer comes as it is."""
        headers: dict[str, Any] = {"content-type": content_type} if body else {}
        answer = await self._client.request(method, path, content=body, headers=headers)
        return Answer(
            status=answer.status_code,
            content_type=answer.headers.get("content-type", "application/json"),
            body=answer.content,
        )

    async def stop(self) -> None:
        """End it, by force where it does not listen."""
        await self._client.aclose()
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _STOP)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _answers(self) -> bool:
        try:
            answer = await self._client.get("/health", timeout=5)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    def _refuse_ended(self) -> None:
        code = self._process.returncode if self._process else None
        if self._process is None or code is not None:
            message = "llama.cpp was not started" if code is None else f"llama.cpp ended with {code}"
            raise NotRunningError(message)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
