"""Images of our own are built from a folder, at its content's tag; each image in our registry has a repository there."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("/s5cmd:", "/s5cmdd:", "apps/images has no 's5cmdd'; did you mean `s5cmd`?"),
        ("/s5cmd:", "/s5cmd:0", "s5cmd is tagged 0"),
    ],
)
def test_an_image_that_nobody_builds_is_found(broken: Any, old: str, new: str, problem: str) -> None:
    """The pod would wait for a pull that cannot succeed."""

    def edit(body: dict[str, Any]) -> None:
        container = body["spec"]["template"]["spec"]["initContainers"][0]
        container["image"] = container["image"].replace(old, new)

    (finding,) = broken("Deployment", "qwen3-4b", edit)

    assert finding.rule == "references/missing-image"
    assert problem in finding.problem


def test_an_image_without_a_repository_is_found(broken: Any) -> None:
    """Nobody can push it: pods that name it wait, and so does CI."""
    found = [one for one in broken("Repository", "s5cmd", None) if one.rule == "references/missing-repository"]

    assert found
    assert "'acme/s5cmd'" in found[0].problem
