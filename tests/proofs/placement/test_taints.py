"""Taints and tolerations."""

from __future__ import annotations

import pytest

from groundwork.proofs.placement.taints import Taint, Toleration, tolerations, untolerated

GPU = Taint("nvidia.com/gpu", "true", "NoSchedule")


@pytest.mark.parametrize(
    ("toleration", "covers"),
    [
        (Toleration("nvidia.com/gpu", "Equal", "true", "NoSchedule"), True),
        (Toleration("nvidia.com/gpu", "Equal", "true"), True),
        (Toleration("nvidia.com/gpu", "Exists"), True),
        (Toleration(operator="Exists"), True),
        (Toleration(operator="Exists", effect="NoExecute"), False),
        (Toleration("nvidia.com/gpu", "Equal", "false", "NoSchedule"), False),
        (Toleration("nvidia.com/gpu", "Equal", "true", "NoExecute"), False),
        (Toleration("amd.com/gpu", "Exists"), False),
    ],
)
def test_a_toleration_covers_a_taint_as_kubernetes_says(toleration: Toleration, covers: bool) -> None:  # noqa: FBT001 a parameter of the test
    """Key, value and effect; an empty key or effect means all."""
    assert covers == toleration.covers(GPU)


def test_numbers_compare() -> None:
    """With the operators Gt and Lt, of Kubernetes 1.35."""
    taint = Taint("example.com/latency", "20", "NoSchedule")
    assert Toleration("example.com/latency", "Lt", "50").covers(taint)
    assert not Toleration("example.com/latency", "Gt", "50").covers(taint)
    assert not Toleration("example.com/latency", "Gt", "many").covers(taint)


def test_a_toleration_without_operator_compares_values() -> None:
    """As the API server's default has it."""
    spec = {"tolerations": [{"key": "nvidia.com/gpu", "value": "true"}]}
    assert [] == untolerated([GPU], tolerations(spec))
    assert [GPU] == untolerated([GPU], tolerations({}))
