"""Runs inside LiteLLM: answers that it keeps are found again only by the tenant, or the key, that they were given to.

LiteLLM's own namespace is one for all callers, and a request may choose another: so this one is set for each request, by whom
the key belongs to, over whatever was asked for.
"""

from __future__ import annotations

import importlib
from typing import Any

_PREFIX = "litellm.cache"


async def scoped(self: Any, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: str) -> dict[str, Any]:
    """The request, with the namespace of the key's owner, and no cache key that its caller made."""
    del self, cache, call_type
    asked = data.get("cache")
    owner = user_api_key_dict.team_id or user_api_key_dict.token or "nobody"
    parameters = data.get("litellm_params")
    if isinstance(parameters, dict):
        # LiteLLM would take it as it is.
        parameters.pop("preset_cache_key", None)
    data["cache"] = {**(asked if isinstance(asked, dict) else {}), "namespace": f"{_PREFIX}:{owner}"}
    return data


# LiteLLM calls what a logger of its own class brings itself; the class is only where this file is mounted.
_LOGGER: type = importlib.import_module("litellm.integrations.custom_logger").CustomLogger
scope = type("CacheScope", (_LOGGER,), {"async_pre_call_hook": scoped})()
