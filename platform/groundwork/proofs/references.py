"""References: everything that an object names is there, and is what it is taken for.

Every edge of the tree is followed, of built-in kinds and custom resources, into what charts and operators will make and into
the configuration files of the gateways. Edges are counted by kind: a proof that found nothing to follow shows as a zero.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from groundwork.findings import Finding
from groundwork.proofs.edges.edge import edges
from groundwork.proofs.world import World
from groundwork.tree.reader import Tree

__all__ = ["Report", "check"]


@dataclass
class Report:
    """What following every reference gave. `edges` counts them by kind, `assumed` those that rest on an assumed fact."""

    findings: list[Finding] = field(default_factory=list)
    edges: Counter[str] = field(default_factory=Counter)
    assumed: int = 0


def check(tree: Tree, *, groups: frozenset[str] | None = None) -> Report:
    """Follow every reference of every cluster.

    Args:
        tree: the objects.
        groups: people's groups that the declarations name; None where there are no declarations to compare with.
    """
    report = Report()
    for cluster in tree.clusters:
        world = World(tree, cluster, groups)
        for manifest in world.manifests:
            for edge in edges(manifest, world):
                report.edges[edge.kind] += 1
                report.assumed += edge.assumed
                if edge.rule is not None:
                    report.findings.append(manifest.breaks(edge.rule, edge.problem, edge.pointer, fix=edge.fix))
    return report
