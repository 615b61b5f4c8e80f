"""Fingerprints: what stays the same of a finding when lines move, so that a page can tell old ones from new ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from groundwork.findings import Finding

__all__ = ["fingerprints"]


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One per finding: its rule, its object (or file) and its place in it, hashed; the second of the same ends in ":2".

    The problem is left out: a value that is still wrong after it was changed is the same finding.
    """
    seen: Counter[str] = Counter()
    found = []
    for one in findings:
        place = "/".join(map(str, one.pointer))
        text = f"{one.rule}\n{one.subject or one.path}\n{place}"
        digest = hashlib.blake2b(text.encode(errors="replace"), digest_size=8).hexdigest()
        seen[digest] += 1
        found.append(f"{digest}:{seen[digest]}")
    return found
