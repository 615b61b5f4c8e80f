"""A progress display while clusters render: on a terminal only, so that logs hold plain lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

__all__ = ["shown"]

T = TypeVar("T")


def shown(outcomes: Iterable[T], clusters: Sequence[str]) -> Iterator[T]:
    """Pass outcomes on as they come, with a bar on standard error where that is a terminal."""
    if not sys.stderr.isatty():
        yield from outcomes
        return
    from rich.console import Console  # noqa: PLC0415 - costs 0.1 s, and only people at a terminal gain from it
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("rendering", total=len(clusters))
        for outcome in outcomes:
            progress.advance(task)
            yield outcome
