"""Kubernetes quantities ("500m", "64Gi") as exact numbers.

Grammar: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from fractions import Fraction

__all__ = ["cpu_text", "memory_text", "parse_quantity"]

# Digits are bounded: 1e9999999999 is a quantity by the grammar, and takes all memory to compute.
_PATTERN = re.compile(
    r"([+-]?(?:[0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30}))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?[0-9]{1,2}))?"
)
_SUFFIXES = {
    **{
        suffix: Fraction(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{prefix}i": Fraction(1024) ** power for power, prefix in enumerate("KMGTPE", start=1)},
}
_BINARY = [(1024**power, f"{prefix}i") for power, prefix in ((4, "T"), (3, "G"), (2, "M"), (1, "K"))]


@functools.cache
def parse_quantity(text: str) -> Fraction:
    """The exact value: cores for CPU, bytes for memory.

    Raises:
        ValueError: not a quantity.
    """
    match = _PATTERN.fullmatch(text)
    if match is None:
        message = f"'{text}' is not a quantity such as 500m, 2, 64Gi"
        raise ValueError(message)
    number, suffix, exponent = match.groups()
    scale = _SUFFIXES[suffix] if suffix else Fraction(10) ** int(exponent or 0)
    return Fraction(Decimal(number)) * scale


def cpu_text(cores: Fraction) -> str:
    """Cores as Kubernetes writes them: whole cores bare, fractions in millicores (rounded up)."""
    millicores = -(-cores * 1000 // 1)
    return str(int(millicores // 1000)) if millicores % 1000 == 0 else f"{int(millicores)}m"


def memory_text(amount: Fraction) -> str:
    """Bytes as Kubernetes writes them: in the largest binary unit that divides them (rounded up to a whole Mi)."""
    size = int(-(-amount // 1024**2)) * 1024**2
    for scale, suffix in _BINARY:
        if size and size % scale == 0:
            return f"{size // scale}{suffix}"
    return str(size)
