"""Run the server: `python -m web_search`."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys

import uvicorn

from web_search.server import build
from web_search.tavily import Tavily


class JsonLines(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()})


async def serve(key: str, url: str, port: int) -> None:
    """Serve until SIGTERM; requests that are under way are finished first."""
    tavily = Tavily(key, url)
    config = uvicorn.Config(
        build(tavily),
        host="0.0.0.0",  # noqa: S104 - inside its pod
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=25,
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        await tavily.close()


def main() -> None:
    """Read the environment and serve."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)
    key = os.environ.get("TAVILY_API_KEY", "")
    if not key:
        sys.exit("TAVILY_API_KEY is not set: the tool's declaration names the secret that holds it")
    url = os.environ.get("TAVILY_URL", "https://api.tavily.com")
    asyncio.run(serve(key, url, int(os.environ.get("PORT", "8080"))))


if __name__ == "__main__":
    main()
