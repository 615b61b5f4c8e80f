"""Kubernetes versions on EKS."""

from __future__ import annotations

import pytest

from groundwork.catalog.kubernetes import NEWEST, RECOMMENDED, SUPPORTED, VERSIONS, why_not


def test_three_versions_are_supported() -> None:
    """In order; the newest is the last, and the recommended one is among them."""
    assert SUPPORTED == ("1.34", "1.35", "1.36")
    assert NEWEST == "1.36"
    assert RECOMMENDED in SUPPORTED


def test_support_ends_in_order() -> None:
    """A later version is supported longer."""
    ends = [version.standard_until for version in VERSIONS.values()]

    assert ends == sorted(ends)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1.34", None),
        ("1.36", None),
        (
            "1.32",
            "Kubernetes 1.32 left EKS standard support on 2026-03-23 and costs extra since: "
            'choose "1.34", "1.35", "1.36"',
        ),
        ("1.3", 'Kubernetes \'1.3\' is not a version that this platform knows: choose "1.34", "1.35", "1.36"'),
    ],
)
def test_a_version_is_refused_with_its_reason(name: str, expected: str | None) -> None:
    """Out of support, or never heard of."""
    assert why_not(name) == expected
