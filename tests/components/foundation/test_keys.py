"""Keys: rotated, named by alias, usable for this cluster's buckets and logs alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundwork.components.foundation.keys import Keys


def use(key: dict[str, Any], action: str) -> dict[str, Any]:
    """The statement about an action, beside that about the key's administration."""
    _, *statements = json.loads(key["spec"]["policy"])["Statement"]
    found: dict[str, Any] = next(one for one in statements if action in one["Action"])
    return found


@pytest.mark.parametrize("name", ["data", "logs"])
def test_keys_rotate_and_outlive_their_objects(render: Any, site: Any, find: Any, name: str) -> None:
    """Without the key everything that it closed is noise."""
    key = find(render(Keys, site("prod-us-east-1")), "Key", name)

    assert key["spec"]["enableKeyRotation"] is True
    assert key["metadata"]["annotations"]["services.k8s.aws/deletion-policy"] == "retain"
    assert "confirm" in key["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]


def test_an_alias_leads_to_its_key_also_in_the_next_life_of_a_cluster(render: Any, site: Any, find: Any) -> None:
    """Buckets name the alias. The old one may still be there, and must move to the new key."""
    alias = find(render(Keys, site("prod-us-east-1")), "Alias", "data")

    assert alias["spec"]["name"] == "alias/acme-prod-us-east-1-data"
    assert alias["spec"]["targetKeyRef"]["from"] == {"name": "data", "namespace": "ack-system"}
    assert alias["metadata"]["annotations"]["services.k8s.aws/adoption-policy"] == "adopt-or-create"


def test_the_key_of_buckets_opens_through_s3_only(render: Any, site: Any, find: Any) -> None:
    """Whoever S3 lets read needs no right at the key; nobody decrypts anything without S3."""
    condition = use(find(render(Keys, site("prod-us-east-1")), "Key", "data"), "kms:GenerateDataKey")["Condition"]

    assert condition["StringEquals"] == {
        "kms:CallerAccount": "111122223333",
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
    }
    assert condition["StringLike"] == {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::acme-prod-us-east-1-*"}


def test_disks_open_through_ec2_only(render: Any, site: Any, find: Any) -> None:
    """A grant is how EC2 keeps a disk open while a machine has it; it cannot be made by hand."""
    condition = use(find(render(Keys, site("prod-us-east-1")), "Key", "data"), "kms:CreateGrant")["Condition"]

    assert condition == {
        "StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "ec2.us-east-1.amazonaws.com"}
    }


def test_the_key_of_logs_is_for_this_clusters_log_groups(render: Any, site: Any, find: Any) -> None:
    """CloudWatch Logs serves everybody; the context says whose logs these are."""
    statement = use(find(render(Keys, site("prod-us-east-1")), "Key", "logs"), "kms:Encrypt*")

    assert statement["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"].endswith(
        ":log-group:/acme/prod-us-east-1/*"
    )
