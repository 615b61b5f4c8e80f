"""The secrets that a cluster needs, as the commands that create them. Values are made on the machine that runs them."""

from __future__ import annotations

import json
from pathlib import Path

from groundwork.catalog.secrets import SecretEntry, SecretKey, entry, remote_key
from groundwork.fleet.site import Site
from groundwork.tree.reader import Tree, read_tree

__all__ = ["commands", "wanted_secrets"]

_MAKE = {
    "hex32": "$(openssl rand -hex 16)",
    "hex64": "$(openssl rand -hex 32)",
    "key-sk": "sk-$(openssl rand -hex 24)",
    "key-sk-bf": "sk-bf-$(openssl rand -hex 24)",
}


def commands(site: Site, folder: Path) -> str:
    """A shell script: one `aws secretsmanager create-secret` per secret that the cluster's tree asks for."""
    prefix = remote_key(site.organisation.name, site.name, "")
    lines = [
        f"# Secrets of {site.name}. Run once, with access to the account {site.cluster.account}; values are shown nowhere."
    ]
    for name in wanted_secrets(site, read_tree(folder, [site.name])):
        found = entry(name)
        lines += ["", f"# {found.purpose}", *_questions(found), _create(found, prefix + name, site.cluster.region)]
    return "\n".join(lines)


def wanted_secrets(site: Site, tree: Tree) -> list[str]:
    """The secrets that the tree asks for, by their names in the contract."""
    prefix = remote_key(site.organisation.name, site.name, "")
    keys = {
        one["remoteRef"]["key"]
        for external in tree.of_kind(site.name, "ExternalSecret")
        for one in external.spec.get("data", ())
    }
    return sorted(key.removeprefix(prefix) for key in keys)


def _questions(found: SecretEntry) -> list[str]:
    given = [key for key in found.keys if key.make == "given"]
    return [f'read -rsp "{key.name} (from {key.origin}): " {_variable(key)}; echo' for key in given]


def _create(found: SecretEntry, remote: str, region: str) -> str:
    document = json.dumps({key.name: _value(key) for key in found.keys}).replace('"', '\\"')
    return f'aws secretsmanager create-secret --region {region} --name {remote} --secret-string "{document}"'


def _value(key: SecretKey) -> str:
    if key.value is not None:
        return key.value
    return f"${{{_variable(key)}}}" if key.make == "given" else _MAKE[key.make or "hex32"]


def _variable(key: SecretKey) -> str:
    return key.name.upper().replace("-", "_")
