"""Faults: places and suggestions as people read them."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from groundwork.findings import Severity
from groundwork.proofs.apiserver.faults import Fault, did_you_mean, finding, spelled
from groundwork.tree.manifest import Manifest


@pytest.mark.parametrize(
    ("pointer", "text"),
    [
        ((), "the object"),
        (("spec", "containers", 0, "name"), "spec.containers[0].name"),
        ((0, "a"), "[0].a"),
    ],
)
def test_a_place_is_spelled_as_people_write_it(pointer: tuple[str | int, ...], text: str) -> None:
    """Keys are joined by dots, indexes stand in brackets."""
    assert spelled(pointer) == text


@pytest.mark.parametrize(
    ("word", "end"),
    [("replica", "; did you mean `replicas`?"), ("REPLICAS", "; did you mean `replicas`?"), ("zebra", ""), ("", "")],
)
def test_a_likely_word_is_suggested(word: str, end: str) -> None:
    """A near miss is named whatever its case; nothing is made up for what is far off."""
    assert did_you_mean(word, ["replicas", "selector"]) == end


def test_a_fault_becomes_a_finding_of_its_object() -> None:
    """The finding carries the object, its file, the place and the rule's own reason."""
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web", "namespace": "shop"}}
    manifest = Manifest(cluster="test", component="demo", path=PurePosixPath("generated/test/x.yaml"), body=body)

    found = finding(Fault(rule="mount", pointer=("spec",), problem="No volume.", fix="Add it."), manifest)

    assert (found.rule, found.severity, found.path) == ("schema/mount", Severity.ERROR, "generated/test/x.yaml")
    assert found.subject == manifest.subject
    assert "cannot mount a volume" in found.why
