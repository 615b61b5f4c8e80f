"""Middleware of vLLM's server: other pods get what they need, and whatever else it can do answers to its own pod alone.

With adapters vLLM has paths that load files and replace models, under more than one name. A list of what is open cannot
miss one of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

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
_OWN = frozenset({"127.0.0.1", "::1"})


class Closed:
    """An ASGI application before the server's own."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer that there is nothing there."""
        own = (scope.get("client") or ("", 0))[0] in _OWN
        if scope["type"] == "lifespan" or own or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "websocket.close", "code": 1008})
