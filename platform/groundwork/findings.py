"""The Finding: what every check returns, whether a proof, a policy or the loader of declarations.

A finding is a value. It says what is wrong, where, why it matters and how to fix it; how it is printed is review's affair.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Finding", "Rule", "Severity", "Subject"]


class Severity(enum.StrEnum):
    """How much a finding weighs.

    `UNDECIDED` is said once where a check lacks what it needs to know; it never passes for "fine".
    """

    ERROR = "error"
    WARNING = "warning"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Subject:
    """The object that a finding is about. An empty `namespace` means a cluster-scoped object; the core group is ""."""

    cluster: str
    kind: str
    name: str
    namespace: str = ""
    group: str = ""

    def __str__(self) -> str:
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.cluster}: {kind} {where}{self.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that a check has to say.

    `path` is relative to the repository (or to the tree that was checked). `pointer` names the place inside the document
    as a path of keys and indexes; `line` and `column` (both from 1) are filled in by whoever prints, and only then,
    because resolving them means parsing the file again.
    """

    rule: str
    severity: Severity
    problem: str
    why: str
    fix: str
    subject: Subject | None = None
    path: str | None = None
    pointer: tuple[str | int, ...] = ()
    line: int | None = None
    column: int | None = None
    counterexample: str | None = None

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.path, self.line, self.column) if part is not None)
        return f"{where}: {self.problem}" if where else self.problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What a check demands, said once: its findings repeat the gist, `groundwork explain ID` tells the whole.

    `title` says what must hold, as a sentence without a full stop. `explanation` is for who wants to know more: when it
    matters, what goes wrong without it, a bad and a good example; plain text, paragraphs split by empty lines.
    """

    id: str
    title: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR
    explanation: str = ""

    def finding(
        self,
        problem: str,
        *,
        subject: Subject | None = None,
        path: str | None = None,
        pointer: tuple[str | int, ...] = (),
        fix: str | None = None,
        counterexample: str | None = None,
    ) -> Finding:
        """This rule broken at one place. `fix` where the place allows a better advice than the rule's own."""
        return Finding(
            rule=self.id,
            severity=self.severity,
            problem=problem,
            why=self.why,
            fix=fix or self.fix,
            subject=subject,
            path=path,
            pointer=pointer,
            counterexample=counterexample,
        )
