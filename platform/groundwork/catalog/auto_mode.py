"""What EKS Auto Mode brings along (`auto_mode.yaml`): the NodePools that eksctl's `autoModeConfig.nodePools` may name."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

__all__ = ["built_in_pools"]

_FILE = Path(__file__).with_name("auto_mode.yaml")


@functools.cache
def built_in_pools() -> tuple[dict[str, Any], ...]:
    """The bodies of the built-in NodePools, as far as they decide where pods run."""
    return tuple(yaml.load(_FILE.read_text(), Loader=yaml.CSafeLoader)["nodePools"])
