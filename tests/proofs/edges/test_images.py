"""Images of our own are built from a folder, at its content's tag."""

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
