"""Secrets that External Secrets keeps equal to AWS Secrets Manager. Git holds names, never values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from groundwork.catalog.secrets import remote_key
from groundwork.fleet.site import Site

__all__ = ["SecretWish", "external_secret"]


@dataclass
class SecretWish:
    """What a component wants of one secret of the contract: keys as they are, and texts made of keys.

    `kind` is the Secret's type where its reader insists on one; `source` the declaration that asks for it.
    """

    secret: str
    source: str
    kind: str | None = None
    keys: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)


def external_secret(site: Site, namespace: str, name: str, wish: SecretWish) -> dict[str, Any]:
    """The ExternalSecret that makes the Secret `name`."""
    target: dict[str, Any] = {"name": name, "creationPolicy": "Owner", "deletionPolicy": "Retain"}
    if wish.texts or wish.kind:
        plain = {key: _value_of(key) for key in sorted(wish.keys)}
        typed = {"type": wish.kind} if wish.kind else {}
        target["template"] = {"engineVersion": "v2", **typed, "data": plain | dict(sorted(wish.texts.items()))}
    remote = remote_key(site.organisation.name, site.name, wish.secret)
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "refreshInterval": "1h0m0s",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "aws"},
            "target": target,
            "data": [{"secretKey": key, "remoteRef": {"key": remote, "property": key}} for key in sorted(wish.keys)],
        },
    }


def _value_of(key: str) -> str:
    """A key's value in Go's template language, which takes the hyphen of `.master-key` for a minus."""
    return f"{{{{ .{key} }}}}" if key.isidentifier() else f'{{{{ index . "{key}" }}}}'
