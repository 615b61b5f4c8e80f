"""The application of Ray Serve: each replica hands its requests to a llama.cpp server of its own."""

from __future__ import annotations

from typing import Any

from ray import serve
from starlette.requests import Request
from starlette.responses import Response

from embeddings.llama import LlamaServer, Settings

__all__ = ["application"]

# What callers need; everything else of llama.cpp's API stays inside.
_OFFERED = frozenset({"/v1/embeddings", "/v1/models", "/health"})


@serve.deployment
class Embedder:
    """A replica. Serve starts it, asks whether it is well, and replaces it where it is not."""

    async def __init__(self, settings: dict[str, Any]) -> None:
        self._server = LlamaServer(Settings(**settings))
        await self._server.start()

    async def check_health(self) -> None:
        """Called by Serve every few seconds; a replica that raises is replaced."""
        await self._server.check()

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path = request.url.path
        if path not in _OFFERED:
            return Response(status_code=404)
        content_type = request.headers.get("content-type", "application/json")
        answer = await self._server.forward(request.method, path, await request.body(), content_type)
        return Response(answer.body, status_code=answer.status, media_type=answer.content_type)

    async def __del__(self) -> None:
        """Called by Serve when the replica goes."""
        await self._server.stop()


def application(args: dict[str, Any]) -> Any:
    """The application that a RayService's `args` describe: the fields of `Settings`."""
    return Embedder.bind(args)
