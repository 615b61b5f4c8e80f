"""A trial: edits drawn by seed, put before the gates, and what the gates say of each.

An edit counts as killed if a finding that was not there before names the edited object (be it in words: who asks for too much
of a quota that all share), or an object that is tied to it: one whose text holds the edited object's name or the value that the
edit replaced, one that the edited object names, or the namespace that it lives in.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from groundwork.findings import Finding, Severity
from groundwork.proofs import policies, references, schema
from groundwork.proofs.fields import strings, text, value_at
from groundwork.proofs.intent import Intent, read_intent
from groundwork.proofs.world import worlds
from groundwork.review.check import PROOFS
from groundwork.tree.reader import Tree, read_tree
from tests.mutants.edit import Edit, Operator

__all__ = ["Mutant", "Outcome", "draw", "judge"]

ROOT = Path(__file__).resolve().parents[2]
POLICIES = ROOT / "policies"
# Whose verdict depends on other objects of the cluster, through the facts that policies get.
_LOOK_AROUND = ("HTTPRoute", "Namespace", "PodDisruptionBudget")

_WORD = re.compile(r"[a-z0-9][a-z0-9.-]*[a-z0-9]")

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Mutant:
    """One edit of one object of the committed tree, which is `index` of its manifests."""

    operator: str
    index: int
    edit: Edit


@dataclass
class Outcome:
    """What the gates say of a mutant: the findings that kill it, and the others that it brings."""

    mutant: Mutant
    kills: list[Finding] = field(default_factory=list)
    others: list[Finding] = field(default_factory=list)


@cache
def committed() -> Tree:
    """The tree that is broken."""
    return read_tree(ROOT / "generated")


@cache
def _intent() -> Intent:
    return read_intent(ROOT)


def draw(operator: Operator, most: int, seed: int) -> tuple[list[Mutant], int]:
    """At most so many mutants of an operator, spread over the tree by chance; and how many the API server would refuse."""
    places = [
        Mutant(operator.name, index, edit)
        for index, manifest in enumerate(committed().manifests)
        for edit in operator.edits(manifest)
    ]
    random.Random(f"{seed} {operator.name}").shuffle(places)
    chosen: list[Mutant] = []
    refused = 0
    for mutant in places:
        if len(chosen) == most:
            break
        if _valid(mutant):
            chosen.append(mutant)
        else:
            refused += 1
    return chosen, refused


def _valid(mutant: Mutant) -> bool:
    changed = mutant.edit.apply(committed().manifests[mutant.index])
    if changed is None:
        return True
    findings = schema.check(Tree(committed().root, [changed]), {changed.cluster: _kubernetes(changed.cluster)})
    return not any(one.severity is Severity.ERROR for one in findings)


@cache
def _kubernetes(cluster: str) -> str:
    (config,) = committed().of_kind(cluster, "ClusterConfig", group="eksctl.io")
    return str(config.body["metadata"]["version"])


def judge(mutants: Sequence[Mutant]) -> list[Outcome]:
    """Put every mutant before the proofs and the policies."""
    outcomes = [Outcome(mutant) for mutant in mutants]
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for outcome, findings in zip(outcomes, pool.map(_proofs, mutants, chunksize=8), strict=True):
            _sort(outcome, findings)
    for number, finding in _policies(mutants):
        _sort(outcomes[number], [finding])
    return outcomes


def _sort(outcome: Outcome, findings: Iterable[Finding]) -> None:
    for finding in findings:
        (outcome.kills if _concerns(finding, outcome.mutant) else outcome.others).append(finding)


def _concerns(finding: Finding, mutant: Mutant) -> bool:
    """Whether a finding names the edited object, or one that is tied to it."""
    original = committed().manifests[mutant.index]
    changed = mutant.edit.apply(original)
    if finding.subject in (original.subject, changed.subject if changed else None):
        return True
    # A scaler is meant where what it scales is named.
    meant = {original.name, text(original.body, "spec", "scaleTargetRef", "name")}
    if meant & {*_WORD.findall(f"{finding.problem} {finding.counterexample}")}:
        return True
    replaced = value_at(original.body, *mutant.edit.pointer) if mutant.edit.pointer else None
    wanted = {original.name, *(found for _, found in strings(replaced))}
    other = next((one for one in committed() if one.subject == finding.subject), None)
    if other is None:
        return False
    if any(word in found for _, found in strings(other.body) for word in wanted):
        return True
    said = {found for _, found in strings(original.body)}
    # A ReferenceGrant names those it is for by kind and namespace.
    return other.name in {*said, original.namespace} or {other.kind, other.namespace} <= said


def _tree(mutant: Mutant) -> Tree:
    """The cluster of the mutant, with the edit."""
    original = committed().manifests[mutant.index]
    changed = mutant.edit.apply(original)
    manifests = [changed if one is original else one for one in committed() if one.cluster == original.cluster]
    return Tree(committed().root, [one for one in manifests if one is not None])


def _proofs(mutant: Mutant) -> list[Finding]:
    """What the proofs find that they do not find in the committed tree."""
    cluster = committed().manifests[mutant.index].cluster
    return [one for one in _found(_tree(mutant)) if one not in _known(cluster)]


@cache
def _known(cluster: str) -> list[Finding]:
    return _found(Tree(committed().root, [one for one in committed() if one.cluster == cluster]))


def _found(tree: Tree) -> list[Finding]:
    clusters = worlds(tree, _intent())
    proved = [finding for proof in PROOFS.values() for finding in proof(clusters)]
    return [*references.check(clusters).findings, *proved]


def _policies(mutants: Sequence[Mutant]) -> Iterator[tuple[int, Finding]]:
    """One question for all mutants: each is a cluster of its own, with the facts that follow from its edit."""
    facts, documents, owners = {}, [], []
    for number, mutant in enumerate(mutants):
        tree = _tree(mutant)
        original = committed().manifests[mutant.index]
        facts[str(number)] = policies.facts(tree, original.cluster)
        for one in tree:
            if one.subject == original.subject or one.kind in _LOOK_AROUND:
                documents.append((str(number), one))
                owners.append(number)
    before = _waived()
    for index, finding in policies.denials(POLICIES, facts, documents):
        if _key(finding) not in before:
            yield owners[index], finding


@cache
def _waived() -> frozenset[Key]:
    """What the policies say of the committed tree."""
    return frozenset(_key(one) for one in policies.check(committed(), POLICIES))


def _key(finding: Finding) -> Key:
    return finding.rule, str(finding.subject), finding.problem
