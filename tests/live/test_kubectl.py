"""kubectl, asked."""

from __future__ import annotations

import pytest

from groundwork.live.kubectl import Kubectl, resource
from tests.live.programs import Programs, Refused


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "Pod", "pod.v1."),
        ("apps/v1", "Deployment", "deployment.v1.apps"),
        ("karpenter.sh/v1", "NodePool", "nodepool.v1.karpenter.sh"),
    ],
)
def test_kinds_are_named_with_version_and_group(api_version: str, kind: str, expected: str) -> None:
    """`cluster` alone would be PostgreSQL's or somebody else's."""
    assert expected == resource(api_version, kind)


def test_a_context_is_passed_on(programs: Programs) -> None:
    """Before the question."""
    programs.add("kubectl", {"--context dev get nodes": {"items": [{"kind": "Node"}]}})

    assert ([{"kind": "Node"}], "") == Kubectl("dev").objects("nodes")


def test_a_refusal_is_an_answer(programs: Programs) -> None:
    """So is nonsense."""
    programs.add("kubectl", {"get nodes": Refused("Forbidden"), "get pods": "[]"})

    assert ([], "Forbidden") == Kubectl().objects("nodes")
    assert ([], "kubectl gave no answer that can be read") == Kubectl().objects("pods")
