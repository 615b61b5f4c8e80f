"""Storage: encrypted disks in the zone of their pod."""

from __future__ import annotations

from typing import Any

import pytest

from groundwork.components.foundation.storage import Storage


@pytest.mark.parametrize(
    ("cluster", "provisioner"),
    [("prod-us-east-1", "ebs.csi.eks.amazonaws.com"), ("prod-us-east-2", "ebs.csi.aws.com")],
)
def test_w11_disks_are_encrypted_and_wait_for_their_pod(
    render: Any, site: Any, find: Any, cluster: str, provisioner: str
) -> None:
    """Bound at once, a disk pins a zone before there is a node in it (weakness W11); Auto Mode has a driver of its own."""
    body = find(render(Storage, site(cluster)), "StorageClass", "standard")

    assert body["provisioner"] == provisioner
    assert (body["volumeBindingMode"], body["parameters"]["encrypted"]) == ("WaitForFirstConsumer", "true")
    assert body["parameters"]["kmsKeyId"].endswith(f":111122223333:alias/acme-{cluster}-data")
    assert body["parameters"]["tagSpecification_1"] == f"groundwork/cluster={cluster}"
