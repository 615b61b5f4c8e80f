"""What objects say when all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from groundwork.catalog.apis import custom_api
from groundwork.catalog.conditions import contentment, silent
from groundwork.tree.manifest import Manifest, split_api_version
from groundwork.tree.reader import read_tree

ROOT = Path(__file__).resolve().parents[2]


def reporting(one: Manifest) -> bool:
    """Whether the API of an object has a status with something to read."""
    api = custom_api(one.group, one.kind)
    if api is None or not one.synced:
        return False
    schema: dict[str, Any] = api.schema(split_api_version(one.api_version)[1])
    return bool(schema["properties"].get("status", {}).get("properties"))


def test_every_kind_of_the_tree_that_reports_is_understood() -> None:
    """A kind that a component brings is written down with it: what it says, or that it says nothing."""
    kinds = {(one.group, one.kind) for one in read_tree(ROOT / "generated") if reporting(one)}

    assert kinds
    unknown = {
        (group, kind) for group, kind in kinds if not contentment(group, kind) and f"{kind}.{group}" not in silent()
    }
    assert set() == unknown


@pytest.mark.parametrize(
    ("group", "kind", "expected"),
    [
        ("karpenter.sh", "NodePool", ("Ready",)),
        ("s3.services.k8s.aws", "Bucket", ("ACK.ResourceSynced",)),
        ("iam.services.k8s.aws", "Role", ("ACK.ResourceSynced",)),
        ("apps", "Deployment", ("Available",)),
    ],
)
def test_kinds_are_found_by_name_and_by_family(group: str, kind: str, expected: tuple[str, ...]) -> None:
    """All of ACK's kinds report alike."""
    found = contentment(group, kind)

    assert found is not None
    assert expected == found.holds


def test_a_kind_that_says_nothing_is_not_asked() -> None:
    """Also where its family does."""
    assert contentment("gateway.kgateway.dev", "TrafficPolicy") is not None
    assert contentment("gateway.kgateway.dev", "GatewayParameters") is None
    assert contentment("", "ConfigMap") is None
