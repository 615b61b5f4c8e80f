"""Configuration files inside ConfigMaps, as text that a reviewer can read."""

from groundwork.emit import as_yaml

__all__ = ["as_yaml"]
