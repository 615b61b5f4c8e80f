"""FleetError, in a module of its own, so that catching it costs no import of the types."""

from __future__ import annotations

from collections.abc import Iterable

from groundwork.findings import Finding

__all__ = ["FleetError"]


class FleetError(Exception):
    """The declarations cannot be used. `findings` says why, sorted by file and line; str() prints one per line."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = sorted(findings, key=lambda one: (one.path or "", one.line or 0, one.column or 0, one.problem))
        super().__init__("\n".join(str(one) for one in self.findings))
