"""A fault: one thing that the API server would refuse in one object, before it becomes a Finding."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from groundwork.findings import Finding, Severity
from groundwork.tree.manifest import Manifest

__all__ = ["Fault", "Pointer", "did_you_mean", "finding", "spelled"]

Pointer = tuple[str | int, ...]

_REFUSED = "The API server refuses the object, and Argo CD stops the sync of this component."
_WHY = {
    "annotation": _REFUSED,
    "cel": "A rule of the custom resource's own API says no: " + _REFUSED[0].lower() + _REFUSED[1:],
    "choice": "The fields exclude or need each other. " + _REFUSED,
    "duplicate": "Server-side apply merges such lists by key; two items with one key cannot be told apart. " + _REFUSED,
    "enum": _REFUSED,
    "kubernetes-version": "The proof judges each cluster by the API of its own Kubernetes version.",
    "label": _REFUSED,
    "limits": "A container that asks for more than it may use is refused, and so is every pod of its workload.",
    "mount": "A pod cannot mount a volume that it does not have. " + _REFUSED,
    "name": _REFUSED,
    "namespace": "An object lives in a namespace exactly if its kind does; otherwise no request for it can succeed.",
    "quantity": _REFUSED,
    "restart-policy": "The controller decides when its pods start again; it takes no other policy. " + _REFUSED,
    "selector": "A workload that does not select its own pods would make new ones for ever. " + _REFUSED,
    "unknown-field": "Argo CD's server-side apply refuses a field that the API does not have; where it is dropped "
    "instead, the setting silently has no effect.",
    "unknown-kind": "No API server serves this kind, so the object can never be created.",
    "unserved-version": "The API server answers 'no matches for kind' and the object is never created.",
}


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
    return Finding(
        rule=f"schema/{fault.rule}",
        severity=fault.severity,
        subject=manifest.subject,
        path=str(manifest.path),
        pointer=fault.pointer,
        problem=fault.problem,
        why=_WHY.get(fault.rule, _REFUSED),
        fix=fault.fix,
    )


def spelled(pointer: Pointer) -> str:
    """A place in a document as people write it: spec.containers[0].name."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in pointer)
    return text.removeprefix(".") or "the object"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, as an end of a sentence ("; did you mean `x`?"), or nothing."""
    by_lower = {one.lower(): one for one in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean `{by_lower[close[0]]}`?" if close else ""
