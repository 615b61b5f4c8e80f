"""Every rule that a finding can name, gathered from the modules that state them, and told in full."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundwork.findings import Rule
from groundwork.proofs import policies as rego

__all__ = ["Stated", "catalogue", "explain", "stated"]

# A module states its rules in a tuple called RULES.
_WHERE = ("groundwork.tree", "groundwork.proofs", "groundwork.review.check", "groundwork.review.waivers")
_WIDTH = 100
_LONGEST_LINE = 140


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """A rule and the file that states it."""

    rule: Rule
    place: str


def stated(policies: Path | None = None) -> dict[str, Stated]:
    """All rules by id, sorted; those of the policies in that folder too."""
    return {one.rule.id: one for one in sorted(_stated(policies), key=lambda one: one.rule.id)}


def _stated(policies: Path | None) -> Iterator[Stated]:
    for name in _modules():
        module = importlib.import_module(name)
        place = f"platform/{name.replace('.', '/')}.py"
        for rule in vars(module).get("RULES", ()):
            yield Stated(rule=rule, place=place)
    if policies is not None:
        for package, rule in rego.rules(policies).items():
            yield Stated(rule=rule, place=f"{policies.name}/{package}/policy.rego")


def _modules() -> Iterator[str]:
    for name in _WHERE:
        yield name
        for found in pkgutil.walk_packages(getattr(importlib.import_module(name), "__path__", ()), f"{name}."):
            yield found.name


def explain(rule_id: str, policies: Path | None = None) -> str:
    """All that there is to say about a rule.

    Raises:
        LookupError: there is no such rule; the message names a near one.
    """
    known = stated(policies)
    found = known.get(rule_id)
    if found is None:
        near = difflib.get_close_matches(rule_id, known, n=1) or [one for one in known if one.endswith(f"/{rule_id}")]
        hint = f"; did you mean {near[0]}?" if near else "; `groundwork explain` lists them all"
        message = f"there is no rule {rule_id}{hint}"
        raise LookupError(message)
    rule = found.rule
    parts = [f"{rule.id} ({rule.severity})", rule.title + ".", _labelled("Why", rule.why), _labelled("Fix", rule.fix)]
    return "\n\n".join([*parts, _wrapped(rule.explanation.strip()), f"Stated in {found.place}."])


def _wrapped(text: str) -> str:
    """What was written in lines keeps them; a paragraph of one long line gets some."""
    return "\n".join(textwrap.fill(line, _WIDTH) if len(line) > _LONGEST_LINE else line for line in text.splitlines())


def _labelled(label: str, text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent=f"{label}:  ", subsequent_indent=" " * (len(label) + 3))


def catalogue(policies: Path | None = None) -> str:
    """One line per rule: id, severity, title."""
    known = [one.rule for one in stated(policies).values()]
    width = max(len(rule.id) for rule in known)
    return "\n".join(f"{rule.id:<{width}}  {rule.severity:<9}  {rule.title}" for rule in known)
