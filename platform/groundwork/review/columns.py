"""Tables of text: columns side by side, as wide as their longest cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

__all__ = ["aligned"]


def aligned(rows: Sequence[Sequence[str]], sides: str) -> Iterator[str]:
    """The lines of a table. `sides` has a letter per column: `l` where cells begin at the left, `r` where they end at the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(sides))]
    for row in rows:
        cells = zip(row, widths, sides, strict=True)
        yield "  ".join(
            f"{cell:<{width}}" if side == "l" else f"{cell:>{width}}" for cell, width, side in cells
        ).rstrip()
