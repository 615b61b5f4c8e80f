"""Middleware of vLLM's server: everybody gets what callers need, and whatever else it can do only its own pod.

With adapters vLLM has paths that load files and replace models, under more than one name. A list of what is open cannot
miss one of them. An address proves nothing where a mesh hands connections on, so the pod proves itself by a word that
stands in a file which only its containers see.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

WORD = Path("/adapters/.word")
_HEADER = b"x-pod-word"
_OPEN = frozenset(
    {
        "/health",
        "/metrics",
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/messages",
        "/v1/models",
        "/v1/responses",
        "/tokenize",
    }
)


class Closed:
    """An ASGI application before the server's own."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer that there is nothing there."""
        if scope["type"] == "lifespan" or scope["path"] in _OPEN or _is_own(scope.get("headers", ())):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "websocket.close", "code": 1008})


def _is_own(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    said = dict(headers).get(_HEADER, b"")
    try:
        word = WORD.read_bytes()
    except OSError:
        return False
    return bool(word) and hmac.compare_digest(said, word)
