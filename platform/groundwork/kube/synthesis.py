"""The only place that hands objects to cdk8s.

An object goes over as one JSON patch: a typed class costs four to six times as much and checks no values. What is given
is what is written; a test holds it against cdk8s' own `to_json`.
"""

from __future__ import annotations

from typing import Any

import cdk8s

__all__ = ["add"]


def add(scope: cdk8s.Chart, body: dict[str, Any]) -> None:
    """Add an object to a chart."""
    metadata = body["metadata"]
    path = "~".join((body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])).replace(
        "/", "~"
    )
    one = cdk8s.ApiObject(scope, path, api_version=body["apiVersion"], kind=body["kind"])
    one.add_json_patch(cdk8s.JsonPatch.replace("", body))
