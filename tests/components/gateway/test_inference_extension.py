"""Inference extension: the CRD is there before anybody declares a pool."""

from __future__ import annotations

from typing import Any

from groundwork.components.gateway.inference_extension import InferenceExtension
from groundwork.components.serving.inference_pools import InferencePools


def test_the_kind_comes_from_upstreams_tag_before_the_pools(render: Any, site: Any) -> None:
    """An immutable tag; an earlier wave."""
    (source,) = render(InferenceExtension, site("prod-us-east-2")).gits

    assert (source.repository, source.path) == (
        "https://github.com/kubernetes-sigs/gateway-api-inference-extension.git",
        "config/crd/bases",
    )
    assert source.version.startswith("v")
    assert InferenceExtension.stage < InferencePools.stage
