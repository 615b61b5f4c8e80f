"""A fault: one thing that the API server would refuse in one object, before it becomes a Finding."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from groundwork.findings import Finding, Severity
from groundwork.proofs.apiserver import refusals
from groundwork.tree.manifest import Manifest

__all__ = ["Fault", "Pointer", "did_you_mean", "finding", "spelled"]

Pointer = tuple[str | int, ...]

_RULES = {rule.id: rule for rule in refusals.RULES}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What is wrong at one place of one object.

    `rule` is the last part of the finding's rule id. Faults of one `once` are the same, whatever object shows them.
    """

    rule: str
    pointer: Pointer
    problem: str
    fix: str
    severity: Severity = Severity.ERROR
    once: str = ""


def finding(fault: Fault, manifest: Manifest) -> Finding:
    """The finding that reports a fault of an object."""
    found = manifest.breaks(_RULES[f"schema/{fault.rule}"], fault.problem, fault.pointer, fix=fault.fix)
    return replace(found, severity=fault.severity)


def spelled(pointer: Pointer) -> str:
    """A place in a document as people write it: spec.containers[0].name."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in pointer)
    return text.removeprefix(".") or "the object"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, as an end of a sentence ("; did you mean `x`?"), or nothing."""
    by_lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean `{by_lower[close[0]]}`?" if close else ""
