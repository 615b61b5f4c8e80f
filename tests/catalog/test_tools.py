"""Programs that bootstrap runs."""

from __future__ import annotations

import re

from groundwork.catalog.tools import CLUSTER, tool, tools


def test_every_program_says_its_version() -> None:
    """And where to get it; a version is one that can be compared."""
    assert {"aws", "eksctl", "kubectl", "helm"} <= tools().keys()
    for one in tools().values():
        assert one.asks
        assert one.get
        assert one.least in (None, CLUSTER) or re.fullmatch(r"\d+\.\d+\.\d+", one.least)


def test_kubectl_goes_with_the_cluster() -> None:
    """Clusters have different versions."""
    assert CLUSTER == tool("kubectl").least
