"""Texts: everything that a request says, whichever API it speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["UnreadableError", "texts"]


class UnreadableError(ValueError):
    """A body that cannot be judged."""


def texts(body: bytes) -> Iterator[str]:
    """Every string of a JSON document, keys apart; images, which are data: URLs, are left out.

    Chat, completions, embeddings, responses and A2A all have other fields for what people say, and get new ones: all are read.

    Raises:
        UnreadableError: the body is not JSON.
    """
    try:
        waiting: list[Any] = [json.loads(body)]
    except (ValueError, RecursionError):
        message = "the body is not JSON"
        raise UnreadableError(message) from None
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if not value.startswith("data:"):
                yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
