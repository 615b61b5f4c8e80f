"""Everything a cluster can carry, in bring-up order: the page that shows the whole platform.

The order here is for readers. What waits for what in a cluster is each component's `stage`; who talks to whom follows
from the endpoints that components reach for. Reordering this list changes no manifest.
"""

from __future__ import annotations

from groundwork.components.foundation.namespaces import Namespaces
from groundwork.kube.component import Component

__all__ = ["COMPONENTS"]

COMPONENTS: tuple[type[Component], ...] = (
    # Ground
    Namespaces,
)
