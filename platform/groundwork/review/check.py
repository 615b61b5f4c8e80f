"""Run every proof over a tree and gather what they find."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from groundwork.findings import Finding, Rule, Severity
from groundwork.proofs import freshness, pins, quota, references, schema
from groundwork.proofs import policies as rego
from groundwork.proofs.fit import check as fit
from groundwork.proofs.intent import read_intent
from groundwork.proofs.placement import check as placement
from groundwork.proofs.world import World, worlds
from groundwork.review.rules import stated
from groundwork.review.waivers import Waived, waive
from groundwork.tree.reader import Tree, read_tree

__all__ = ["PROOFS", "RULES", "Verdict", "judge", "kubernetes_versions"]

Expected = Mapping[str, Mapping[PurePosixPath, bytes] | None]
Proof = Callable[[Sequence[World]], Iterable[Finding]]


def _each(proof: Callable[[World], Iterable[Finding]]) -> Proof:
    """A proof of every cluster by itself."""
    return lambda clusters: (finding for world in clusters for finding in proof(world))


# What is proved of clusters once their references are known; the names are the first parts of the rules' ids.
PROOFS: Mapping[str, Proof] = {"placement": _each(placement.check), "fit": _each(fit.check), "quota": quota.check}

RULES = (
    NO_POLICIES := Rule(
        id="policies/not-given",
        title="There are policies to judge by",
        why="Nothing is known about what the organisation refuses.",
        fix="Name the folder that holds a folder per policy: --policies DIR.",
        severity=Severity.UNDECIDED,
        explanation="""\
Proofs need nothing but the tree; policies are the repository's own. A tree from elsewhere is judged without them unless a
folder is named, and the verdict says so once.

Bad:    groundwork check --tree /tmp/generated
Good:   groundwork check --tree /tmp/generated --policies policies""",
    ),
)


@dataclass(kw_only=True)
class Verdict:
    """What the checks say about a tree.

    `folder` is the tree's; the paths of findings begin with its name, or with that of the policies' folder. `seconds` has an
    entry for every check that ran, named like the first part of its rules' ids.
    """

    folder: Path
    policies: Path | None = None
    findings: list[Finding] = field(default_factory=list)
    waived: list[Waived] = field(default_factory=list)
    objects: int = 0
    clusters: list[str] = field(default_factory=list)
    edges: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """How many findings weigh that much, without the waived ones."""
        return sum(finding.severity is severity for finding in self.findings)

    def exit_code(self, *, strict: bool) -> int:
        """0 without errors, 1 with; strictly, any finding counts."""
        return int(bool(self.findings) if strict else self.count(Severity.ERROR) > 0)

    def only(self, rules: Sequence[str]) -> Verdict:
        """The same without findings of other rules; each of `rules` is the beginning of an id."""
        wanted = tuple(rules)
        return replace(
            self,
            findings=[one for one in self.findings if one.rule.startswith(wanted)],
            waived=[one for one in self.waived if one.finding.rule.startswith(wanted)],
        )

    @contextlib.contextmanager
    def timing(self, check: str) -> Generator[None, None, None]:
        """Note how long a check takes."""
        began = time.perf_counter()
        yield
        self.seconds[check] = time.perf_counter() - began


def judge(
    folder: Path,
    *,
    expected: Expected | None = None,
    policies: Path | None = None,
    intent: Path | None = None,
    production: bool = False,
    today: dt.date | None = None,
) -> Verdict:
    """Check a tree.

    Args:
        folder: holds a folder per cluster.
        expected: what it should hold, to prove freshness; a cluster whose value is None is known to be fresh. None where
            there is nothing to compare with.
        policies: the folder of policies and waivers; None where there is none.
        intent: the repository whose declarations say what no manifest repeats; None where there is none.
        production: also list what is still missing before production.
        today: the day on which waivers are judged, the present one unless given.
    """
    verdict = Verdict(folder=folder, policies=policies)
    with verdict.timing("tree"):
        tree = read_tree(folder)
        verdict.findings += tree.findings
        verdict.objects, verdict.clusters = len(tree), tree.clusters
    if expected is not None:
        with verdict.timing("freshness"):
            verdict.findings += freshness.check(folder, expected)
    with verdict.timing("schema"):
        verdict.findings += schema.check(tree, kubernetes_versions(tree))
    with verdict.timing("references"):
        clusters = worlds(tree, read_intent(intent) if intent else None)
        report = references.check(clusters)
        verdict.findings += report.findings
        verdict.edges = report.edges
    for name, proof in PROOFS.items():
        with verdict.timing(name):
            verdict.findings += proof(clusters)
    if production:
        with verdict.timing("pins"):
            verdict.findings += pins.check(tree)
    if policies is None or not rego.folders(policies):
        where = f"{policies.name}/ holds none" if policies else "no folder of policies is named"
        verdict.findings.append(NO_POLICIES.finding(f"the tree is judged without policies: {where}"))
    else:
        with verdict.timing("policies"):
            verdict.findings += rego.check(tree, policies)
    if policies is not None:
        _waive(verdict, policies, today, whole=expected is not None)
    return verdict


def _waive(verdict: Verdict, policies: Path, today: dt.date | None, *, whole: bool) -> None:
    """The tree is whole where it is the repository's own: every waiver must then be of use to one of its clusters."""
    outcome = waive(
        verdict.findings,
        policies,
        rules=stated(policies),
        checked=verdict.seconds,
        clusters=None if whole else verdict.clusters,
        today=today or dt.datetime.now(tz=dt.UTC).date(),
    )
    verdict.findings, verdict.waived = outcome.findings, outcome.waived


def kubernetes_versions(tree: Tree) -> dict[str, str]:
    """The Kubernetes minor version of each cluster, as its bootstrap/ says."""
    found = {}
    for cluster in tree.clusters:
        for config in tree.of_kind(cluster, "ClusterConfig", group="eksctl.io"):
            version = config.body["metadata"].get("version")
            if isinstance(version, str):
                found[cluster] = version
    return found
