"""Gateway API: CRDs from upstream's tag, before everything that uses them."""

from __future__ import annotations

from typing import Any

from groundwork.components.gateway.gateway_api import GatewayApi
from groundwork.kube.stage import Stage


def test_the_standard_channel_comes_first(render: Any, site: Any) -> None:
    """Its kinds must be there before a Gateway is applied."""
    rendering = render(GatewayApi, site("prod-us-east-1"))

    assert rendering.stage is Stage.CRDS
    assert [(git.path, git.version) for git in rendering.gits] == [("config/crd/standard", "v1.6.1")]
