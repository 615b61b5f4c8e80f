"""`make mutants`: break the committed tree some hundred times, and print which gate notices what."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from groundwork.findings import Finding
from groundwork.review.rules import stated
from tests.mutants.edit import GONE, Operator, operators
from tests.mutants.neutral import neutral
from tests.mutants.trial import POLICIES, Mutant, Outcome, committed, draw, judge

_MOST = 5
_WANTED = 0.9
_REASONS = Path(__file__).with_name("survivors.yaml")


def main() -> int:
    """Print the tables; 0 if enough is found and every survivor is explained."""
    seed = int(os.environ.get("SEED") or 1)
    began = time.perf_counter()
    known = operators()
    mutants, refused = _drawn(known, seed)
    print(
        f"{len(mutants)} edits by {len(known)} operators, seed {seed} (SEED=n draws others); "
        f"{refused} more were no longer valid and were not used\n"
    )
    outcomes = judge(mutants)
    _by_operator(known, outcomes)
    _by_rule(outcomes)
    unexplained = _survivors(known, outcomes)
    harmed = _harmed(seed)
    rate = _rate(known, outcomes)
    print(
        f"\n{rate:.1%} of the edits that the gates claim are found, weighted equally by operator; "
        f"{time.perf_counter() - began:.0f} s"
    )
    return int(rate < _WANTED or unexplained > 0 or harmed > 0)


def _drawn(known: Mapping[str, Operator], seed: int) -> tuple[list[Mutant], int]:
    mutants: list[Mutant] = []
    refused = 0
    for operator in known.values():
        chosen, invalid = draw(operator, _MOST, seed)
        mutants += chosen
        refused += invalid
    return mutants, refused


def _by_operator(known: Mapping[str, Operator], outcomes: Sequence[Outcome]) -> None:
    print(f"{'operator':<40} {'claimed by':<12} {'killed':>6}   by")
    for name, operator in sorted(known.items(), key=lambda one: (one[1].claim, one[1].area, one[0])):
        mine = [one for one in outcomes if one.mutant.operator == name]
        killed = [one for one in mine if one.kills]
        rules = Counter(rule for one in killed for rule in {finding.rule for finding in one.kills})
        by = ", ".join(rule for rule, _ in rules.most_common(2))
        print(f"{name:<40} {operator.claim:<12} {len(killed):>3}/{len(mine):<3}  {by}")


def _by_rule(outcomes: Sequence[Outcome]) -> None:
    kills: Counter[str] = Counter()
    for outcome in outcomes:
        kills.update({finding.rule for finding in outcome.kills})
    print(f"\n{'rule':<44} {'kills':>5}")
    for rule, count in sorted(kills.items()):
        print(f"{rule:<44} {count:>5}")
    silent = sorted(_rules() - set(kills))
    print(f"\nRules that killed nothing here; their own tests try them: {', '.join(silent) or 'none'}")


def _rules() -> set[str]:
    return {rule for rule in stated(POLICIES) if rule.startswith(("fit/", "placement/", "policies/", "references/"))}


def _survivors(known: Mapping[str, Operator], outcomes: Sequence[Outcome]) -> int:
    """Print them; the number of those without a reason."""
    reasons: Mapping[str, str] = yaml.safe_load(_REASONS.read_text()) or {}
    left = [one for one in outcomes if not one.kills and known[one.mutant.operator].claim != "later"]
    print(f"\n{len(left)} survivors of those that a gate claims")
    used = set()
    for outcome in left:
        reason = reasons.get(outcome.mutant.operator)
        used.add(outcome.mutant.operator)
        print(f"  {_told(outcome.mutant)}\n      {reason or 'UNEXPLAINED: find it, or say why not in survivors.yaml'}")
    later = Counter(
        one.mutant.operator for one in outcomes if known[one.mutant.operator].claim == "later" and not one.kills
    )
    print(f"To come with reachability and order: {dict(later)}")
    return len(used - set(reasons))


def _told(mutant: Mutant) -> str:
    manifest = committed().manifests[mutant.index]
    where = ".".join(str(step) for step in mutant.edit.pointer) or "the object"
    new = "taken away" if mutant.edit.new is GONE else f"-> {str(mutant.edit.new)[:60]!r}"
    return f"{mutant.operator}: {manifest.subject}: {where} {new}"


def _harmed(seed: int) -> int:
    """How many edits without meaning bring a finding."""
    mutants = [mutant for operator in neutral().values() for mutant in draw(operator, _MOST, seed)[0]]
    outcomes = judge(mutants)
    print(f"\n{len(mutants)} edits that change no meaning, by {len(neutral())} operators")
    harmed = [(one, finding) for one in outcomes for finding in (*one.kills, *one.others)]
    for outcome, finding in harmed:
        print(f"  {_told(outcome.mutant)}\n      {_line(finding)}")
    return len(harmed)


def _line(finding: Finding) -> str:
    return f"{finding.rule}: {finding.problem}"


def _rate(known: Mapping[str, Operator], outcomes: Sequence[Outcome]) -> float:
    """The mean of the operators' own rates, of those that a gate claims."""
    rates = []
    for name, operator in known.items():
        mine = [one for one in outcomes if one.mutant.operator == name]
        if operator.claim != "later" and mine:
            rates.append(sum(bool(one.kills) for one in mine) / len(mine))
    return sum(rates) / len(rates) if rates else 0.0


if __name__ == "__main__":
    sys.exit(main())
