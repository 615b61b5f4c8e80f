"""Model lists: the names that a model gateway's configuration offers, in the form of each gateway."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from groundwork.proofs.edges.documents import documents
from groundwork.proofs.fields import entries, mapping, text, texts, value_at
from groundwork.tree.manifest import Manifest

__all__ = ["BIFROST", "LITELLM", "bifrost_models", "bifrost_names", "listed", "litellm_aliases", "litellm_names"]

# The part of each gateway's configuration by which it is known.
LITELLM = ("model_list",)
BIFROST = ("governance", "virtual_keys")
_ASKED = re.compile(r'\bmodel\s*==\s*"([^"]+)"')


def listed(one: Manifest) -> Iterator[str]:
    """The names that callers may ask for, of every gateway's configuration in a ConfigMap."""
    for _, loaded in documents(one):
        if value_at(loaded, *LITELLM) is not None:
            yield from litellm_names(loaded)
            yield from litellm_aliases(loaded)
        if value_at(loaded, *BIFROST) is not None:
            yield from bifrost_names(loaded)


def litellm_names(loaded: Any) -> set[str]:
    """The models of LiteLLM's list."""
    return {text(model, "model_name") for _, model in entries(loaded, *LITELLM)}


def litellm_aliases(loaded: Any) -> dict[str, str]:
    """What each alias stands for; an alias that is hidden from lists is a mapping."""
    given = mapping(loaded, "router_settings", "model_group_alias")
    return {alias: text(name, "model") if isinstance(name, dict) else str(name) for alias, name in given.items()}


def bifrost_models(loaded: Any) -> dict[str, set[str]]:
    """The models of each of Bifrost's providers, as its keys list them."""
    return {
        provider: {name for _, key in entries(body, "keys") for _, name in texts(key, "models")}
        for provider, body in mapping(loaded, "providers").items()
    }


def bifrost_names(loaded: Any) -> set[str]:
    """Bifrost's models, and the names that its routing rules ask for."""
    rules = [text(rule, "cel_expression") for _, rule in entries(loaded, "governance", "routing_rules")]
    asked = {name for rule in rules for name in _ASKED.findall(rule)}
    return asked.union(*bifrost_models(loaded).values())
