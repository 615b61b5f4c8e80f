"""Run every proof over a tree and gather what they find."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from groundwork.findings import Finding, Severity
from groundwork.proofs import freshness, pins, schema
from groundwork.tree.reader import Tree, read_tree

__all__ = ["Verdict", "judge", "kubernetes_versions"]

Expected = Mapping[str, Mapping[PurePosixPath, bytes] | None]


@dataclass(kw_only=True)
class Verdict:
    """What the checks say about a tree."""

    findings: list[Finding]
    objects: int
    clusters: list[str]
    notes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """How many findings weigh that much."""
        return sum(finding.severity is severity for finding in self.findings)

    def exit_code(self, *, strict: bool) -> int:
        """0 without errors, 1 with; strictly, any finding counts."""
        return int(bool(self.findings) if strict else self.count(Severity.ERROR) > 0)


def judge(folder: Path, *, expected: Expected | None = None, production: bool = False) -> Verdict:
    """Check a tree.

    Args:
        folder: holds a folder per cluster.
        expected: what it should hold, to prove freshness; a cluster whose value is None is known to be fresh. None where
            there is nothing to compare with.
        production: also list what is still missing before production.
    """
    verdict = Verdict(findings=[], objects=0, clusters=[])
    with _timed(verdict, "read"):
        tree = read_tree(folder)
    verdict.objects, verdict.clusters = len(tree), tree.clusters
    verdict.findings += tree.findings
    if expected is not None:
        with _timed(verdict, "freshness"):
            verdict.findings += freshness.check(folder, expected)
    with _timed(verdict, "schema"):
        verdict.findings += schema.check(tree, kubernetes_versions(tree))
    if production:
        verdict.findings += pins.check(tree)
    verdict.findings += _without_version(tree)
    return verdict


def kubernetes_versions(tree: Tree) -> dict[str, str]:
    """The Kubernetes minor version of each cluster, as its bootstrap/ says."""
    found = {}
    for cluster in tree.clusters:
        for config in tree.of_kind(cluster, "ClusterConfig", group="eksctl.io"):
            found[cluster] = str(config.body["metadata"].get("version", ""))
    return {cluster: version for cluster, version in found.items() if version}


def _without_version(tree: Tree) -> Iterator[Finding]:
    versions = kubernetes_versions(tree)
    for cluster in tree.clusters:
        if cluster not in versions:
            yield Finding(
                rule="tree/no-version",
                severity=Severity.UNDECIDED,
                path=f"{tree.root.name}/{cluster}",
                problem="no ClusterConfig in bootstrap/ says which Kubernetes version this cluster runs",
                why="Which kinds and fields exist depends on it; the newest supported version is assumed.",
                fix="Render the tree with `make synth`, or put the cluster's ClusterConfig into its bootstrap/ folder.",
            )


class _timed:  # noqa: N801 - reads as a statement where it is used
    def __init__(self, verdict: Verdict, name: str) -> None:
        self._verdict, self._name = verdict, name

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._verdict.seconds[self._name] = time.perf_counter() - self._began
