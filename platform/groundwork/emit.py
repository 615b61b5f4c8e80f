"""Write YAML: the same bytes for the same value, and no string that some reader takes for another type.

Used for manifests and for the configuration files inside them; imports nothing of ours.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

__all__ = ["as_yaml"]

# What PyYAML leaves bare and the reader of Kubernetes and Argo CD (sigs.k8s.io/yaml) takes for a number or a boolean. It drops
# underscores first. An AWS account such as 089012345678 is a number to it, and "y" is true.
_NOT_TEXT_IN_GO = re.compile(
    r"[-+]?(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+)|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[yYnN]"
)


class _Dumper(yaml.CSafeDumper):
    """No anchors: what is used twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_string(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else "'" if _NOT_TEXT_IN_GO.fullmatch(value.replace("_", "")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _represent_string)


def as_yaml(value: Any) -> str:
    """One document."""
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True, width=1_000_000
    )
