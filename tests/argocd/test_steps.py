"""The steps of bootstrap: their order, and that they put things where others look for them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.argocd.delivered import Delivered, titles


def test_bootstrap_goes_from_the_account_to_what_must_be_true(auto: Delivered, karpenter: Delivered) -> None:
    """Roles before the cluster that names them; endpoints before pods; Argo CD before what it brings."""
    both = [
        *("The account", "Secrets", "The cluster", "Its endpoints", "A way in", "Argo CD", "Everything else"),
        "What must be true now",
    ]
    for delivered, own in ((auto, "NetworkPolicies"), (karpenter, "Karpenter's roles and queue")):
        order = titles(delivered.document("bootstrap.md"))

        assert [one for one in order if one in both] == both
        assert own in order


def test_nodes_that_eksctl_waits_for_are_made_from_inside(karpenter: Delivered) -> None:
    """The API server is private: from outside, eksctl would wait for them in vain and leave the cluster half made."""
    page = karpenter.document("bootstrap.md")

    assert "--without-nodegroup" in page
    assert page.index("## 8. A way in") < page.index("eksctl create nodegroup")
    assert page.index("eksctl create nodegroup") < page.index("aws eks delete-access-entry")


def test_weights_are_put_where_the_servers_look(delivered: Delivered) -> None:
    """By model and revision; the page says how to watch, with a label that the Jobs have."""
    put, label = set(), "app.kubernetes.io/component"
    for job in delivered.of_kind("Job", "model-import"):
        assert f"--selector {label}={job['metadata']['labels'][label]}" in delivered.document("bootstrap.md")
        put |= _buckets(job["spec"]["template"]["spec"]["containers"])
    elsewhere = [text for path, text in delivered.files.items() if "model-import" not in path.parts]
    folders = {found for text in elsewhere for found in re.findall(r"s3://\S+-models-\S+/", text)}
    looked_for = {folder for folder in folders if "/adapters/" not in folder}  # whatever trains them writes those

    assert looked_for
    assert put == looked_for


def test_every_image_of_our_own_is_built(delivered: Delivered) -> None:
    """The command finds them in the tree by a pattern; their folders have their names."""
    page = delivered.document("bootstrap.md")
    (pattern,) = re.findall(r"grep -rhoE '([^']+)'", page)
    tree = "\n".join(text for path, text in delivered.files.items() if path.parts[0] != "bootstrap")
    ours = set(re.findall(rf"\d{{12}}\.dkr\.ecr\.[^/\s]+/{delivered.site.organisation.name}/\S+", tree))

    assert ours
    assert set(re.findall(pattern, tree)) == ours


def _buckets(containers: Sequence[Mapping[str, Any]]) -> set[str]:
    return {one for container in containers for one in container["args"] if one.startswith("s3://")}
