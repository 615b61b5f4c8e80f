"""Waivers: policies/waivers.yaml is read, judged, and applied to what the checks found.

A waiver that is wrong in any way waives nothing, and is an error at its own line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from groundwork.findings import Finding, Rule
from groundwork.fleet.declaration import Declaration
from groundwork.fleet.explain import did_you_mean, explain
from groundwork.fleet.source import Document, Pointer, read
from groundwork.review.waiver import Waiver

__all__ = ["FILE", "RULES", "Outcome", "Waived", "waive"]

FILE = "waivers.yaml"
_LONGEST = dt.timedelta(days=366)

RULES = (
    INVALID := Rule(
        id="waivers/invalid",
        title="A waiver says what, why, who and until when",
        why="A waiver that cannot be read waives nothing, and nobody would notice that.",
        fix="Write it as the head of policies/waivers.yaml shows.",
        explanation="""\
Five keys, all of them needed: the rule, the object as findings name it, a reason, an owner and a last day. Only the cluster may
hold a *, so that a waiver never covers an object that nobody thought of.

Bad:    - {rule: pins/image, object: "*", reason: "", owner: me, expires: never}
Good:   - {rule: pins/image, object: "dev-*: Deployment.apps ai-gateway/litellm", reason: built daily from main,
           owner: platform, expires: 2027-03-31}""",
    ),
    UNKNOWN_RULE := Rule(
        id="waivers/unknown-rule",
        title="A waiver names a rule that exists",
        why="A rule that does not exist is broken by nothing: the waiver is dead, or misspelt.",
        fix="Correct the rule; `groundwork explain` lists them all.",
        explanation="""\
Rules are renamed and dropped; a waiver that survives its rule misleads whoever reads it.

Bad:    rule: pins/images
Good:   rule: pins/image""",
    ),
    DUPLICATE := Rule(
        id="waivers/duplicate",
        title="No waiver stands twice",
        why="Which of two reasons and ends counts would be chance.",
        fix="Keep one of them.",
        explanation="""\
Two waivers are the same if rule and object are, letter by letter.

Bad:    the same rule and object with two dates
Good:   one of them, with the later date and a reason for it""",
    ),
    ENDLESS := Rule(
        id="waivers/endless",
        title="A waiver ends within a year",
        why="What is waived for longer is no exception: either the rule is wrong or the object is.",
        fix="Choose a day within a year; it can be renewed with a fresh look at the reason.",
        explanation="""\
The end is what makes somebody look again. People leave, reasons go away, versions bring what was missing.

Bad:    expires: 2099-12-31
Good:   the day by which it will be mended, or half a year""",
    ),
    EXPIRED := Rule(
        id="waivers/expired",
        title="No waiver has come to its end",
        why="What was accepted until a day is no longer accepted; the finding counts again.",
        fix="Mend what it waives, or renew it with a reason that still holds.",
        explanation="""\
`expires` is the last day on which a waiver holds. From the next day on its findings come back, and the waiver is an error too,
so that it does not stay behind once they are mended.

Bad:    expires: yesterday
Good:   the waiver removed together with what it waived""",
    ),
    UNUSED := Rule(
        id="waivers/unused",
        title="Every waiver waives something",
        why="A waiver that is no longer needed would silently cover the next mistake of that kind.",
        fix="Remove it.",
        explanation="""\
It is judged only where its rule was checked: waivers of pins/ count in `groundwork check --production` alone, and those of
clusters that a tree from elsewhere does not hold are left in peace.

Bad:    the object was mended or renamed, its waiver stayed
Good:   both changes in one pull request""",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waived:
    """A finding and what waives it."""

    finding: Finding
    waiver: Waiver


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What is left of the findings, with what is wrong with the waivers; and what was waived."""

    findings: list[Finding]
    waived: list[Waived]


def waive(
    findings: Sequence[Finding],
    policies: Path,
    *,
    rules: Collection[str],
    checked: Collection[str],
    clusters: Iterable[str] | None,
    today: dt.date,
) -> Outcome:
    """Take out the findings that policies/waivers.yaml waives; without the file, none.

    Args:
        findings: what the checks found.
        policies: the folder of the file.
        rules: the ids of all rules that there are.
        checked: the checks that ran. A waiver of another one's rule is not called unused.
        clusters: what the tree holds, where it is not the repository's own: a waiver of another cluster is not called unused.
            None where it is.
        today: the day that counts.
    """
    if not (policies / FILE).exists():
        return Outcome(findings=list(findings), waived=[])
    file = _File(read(policies / FILE, f"{policies.name}/{FILE}"), rules, today)
    waivers = dict(file.waivers())
    covering = [next((at for at, one in waivers.items() if one.covers(finding)), None) for finding in findings]
    for at, one in waivers.items():
        reach = clusters is None or any(one.concerns(cluster) for cluster in clusters)
        if reach and at not in covering and one.rule.partition("/")[0] in checked:
            file.wrong((*at, "object"), UNUSED, f"`{one.object}` does not break {one.rule}{_near(one, findings)}")
    return Outcome(
        findings=[*(one for one, at in zip(findings, covering, strict=True) if at is None), *file.problems],
        waived=[
            Waived(finding=one, waiver=waivers[at])
            for one, at in zip(findings, covering, strict=True)
            if at is not None
        ],
    )


def _near(waiver: Waiver, findings: Sequence[Finding]) -> str:
    return did_you_mean(waiver.object, [str(one.subject) for one in findings if one.rule == waiver.rule])


class _File:
    """The file as it was read, and all that is wrong with it."""

    def __init__(self, document: Document, rules: Collection[str], today: dt.date) -> None:
        self._document, self._rules, self._today = document, rules, today
        self.problems = [_as(INVALID, one) for one in document.problems]

    def wrong(self, pointer: Pointer, rule: Rule, problem: str, *, key: bool = False) -> None:
        """Note a problem at its place: a value, or its key."""
        found = self._document.wrong(pointer, problem, why=rule.why, fix=rule.fix, rule=rule.id, key=key)
        self.problems.append(found)

    def waivers(self) -> Iterator[tuple[Pointer, Waiver]]:
        """Those that are right in themselves, each with its place."""
        seen: set[tuple[str, str]] = set()
        for at, entry in self._entries():
            waiver = self._waiver(at, entry)
            if waiver is None:
                continue
            if (waiver.rule, waiver.object) in seen:
                self.wrong((*at, "object"), DUPLICATE, f"{waiver.rule} is waived for `{waiver.object}` above")
            elif self._holds(at, waiver):
                yield at, waiver
            seen.add((waiver.rule, waiver.object))

    def _entries(self) -> Iterator[tuple[Pointer, Any]]:
        body = self._document.body
        if body is None:
            return
        for key in body.keys() - {"waivers"}:
            self.wrong((key,), INVALID, f"the key '{key}' is not known; the file holds `waivers`, a list", key=True)
        entries = body.get("waivers", ())
        if not isinstance(entries, tuple):
            self.wrong(("waivers",), INVALID, "`waivers` must be a list; write [] if there are none")
            return
        for index, entry in enumerate(entries):
            yield ("waivers", index), entry

    def _waiver(self, at: Pointer, entry: Any) -> Waiver | None:
        try:
            return Waiver.model_validate(entry, strict=True)
        except ValidationError as error:
            # `explain` asks for a noun and reads nothing of it but its JSON Schema.
            noun = cast("type[Declaration]", Waiver)
            self.problems += [_as(INVALID, one) for one in explain(error, noun, self._document, body=entry, base=at)]
            return None

    def _holds(self, at: Pointer, waiver: Waiver) -> bool:
        if waiver.rule not in self._rules:
            problem = f"there is no rule {waiver.rule}{did_you_mean(waiver.rule, self._rules)}"
            self.wrong((*at, "rule"), UNKNOWN_RULE, problem)
        elif waiver.expires < self._today:
            self.wrong((*at, "expires"), EXPIRED, f"held until {waiver.expires}")
        elif waiver.expires > self._today + _LONGEST:
            self.wrong((*at, "expires"), ENDLESS, f"ends on {waiver.expires}, more than a year from now")
        else:
            return True
        return False


def _as(rule: Rule, found: Finding) -> Finding:
    """What the reader of declarations found, as a finding of this file's own rules."""
    return replace(found, rule=rule.id, why=rule.why)
