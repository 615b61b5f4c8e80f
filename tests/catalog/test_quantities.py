"""Kubernetes quantities as exact numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.catalog.quantities import cpu_text, memory_text, parse_quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("500m", Fraction(1, 2)),
        ("100u", Fraction(1, 10_000)),
        ("1n", Fraction(1, 10**9)),
        ("2", 2),
        ("+2", 2),
        ("-1", -1),
        ("1.5", Fraction(3, 2)),
        ("1.", 1),
        (".5", Fraction(1, 2)),
        ("0.1", Fraction(1, 10)),
        ("1k", 1000),
        ("1M", 10**6),
        ("1Ki", 1024),
        ("64Gi", 64 * 1024**3),
        ("1.5Gi", 3 * 512 * 1024**2),
        ("1Ei", 1024**6),
        ("1E", 10**18),
        ("1e3", 1000),
        ("1E3", 1000),
        ("12e-1", Fraction(6, 5)),
    ],
)
def test_quantities_are_exact(text: str, expected: Fraction) -> None:
    """No floating point: 0.1 is a tenth."""
    assert parse_quantity(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Gi",
        "64gb",
        "64 Gi",
        "1e",
        "1KiB",
        "1i",
        "0x10",
        "1_000",
        "\u0661",
        "1\n",
        "1e3Gi",
        ".",
        "--1",
        "1e9999999999",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    """With an example of what is meant."""
    with pytest.raises(ValueError, match="is not a quantity such as 500m, 2, 64Gi"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("cores", "expected"),
    [
        (Fraction(0), "0"),
        (Fraction(2), "2"),
        (Fraction(1, 2), "500m"),
        (Fraction(3, 2), "1500m"),
        (Fraction(1, 3), "334m"),
        (Fraction(1, 10_000), "1m"),
    ],
)
def test_cpu_is_written_as_kubernetes_does(cores: Fraction, expected: str) -> None:
    """Whole cores bare, fractions in millicores; never less than was asked for."""
    assert cpu_text(cores) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (Fraction(1024**4), "1Ti"),
        (Fraction(64 * 1024**3), "64Gi"),
        (Fraction(3 * 512 * 1024**2), "1536Mi"),
        (Fraction(1), "1Mi"),
        (Fraction(10**9), "954Mi"),
        (Fraction(0), "0"),
    ],
)
def test_memory_is_written_as_kubernetes_does(amount: Fraction, expected: str) -> None:
    """In the largest binary unit that divides it; never less than was asked for."""
    assert memory_text(amount) == expected


@settings(deadline=None, derandomize=True, database=None, max_examples=100)
@given(millicores=st.integers(min_value=0, max_value=10**9), mebibytes=st.integers(min_value=0, max_value=10**9))
def test_what_is_written_reads_the_same(millicores: int, mebibytes: int) -> None:
    """Whole millicores and mebibytes survive both ways."""
    cores, memory = Fraction(millicores, 1000), Fraction(mebibytes * 1024**2)

    assert parse_quantity(cpu_text(cores)) == cores
    assert parse_quantity(memory_text(memory)) == memory
