"""Configuration files inside ConfigMaps, as text that a reviewer can read."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["as_yaml"]


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_string(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _represent_string)


def as_yaml(value: Any) -> str:
    """A YAML document in block style, keys in the order given."""
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=1_000_000
    )
