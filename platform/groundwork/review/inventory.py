"""What the tree holds: components by cluster, with versions, objects and the facts of the outside that nobody has checked."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from groundwork.proofs.installed import application_sources
from groundwork.proofs.world import worlds
from groundwork.tree.reader import Tree, read_tree

__all__ = ["inventory"]


def inventory(folder: Path) -> str:
    """A table, one line per component: objects per cluster, upstream versions, assumed facts."""
    tree = read_tree(folder)
    objects = Counter((one.component, one.cluster) for one in tree)
    charts, assumed = _charts(tree), _assumed(tree)
    names = sorted({component for component, _ in objects} | charts.keys())
    rows = [["component", *tree.clusters, "upstream", "assumed"]]
    for name in names:
        counts = [str(objects[name, cluster] or "") for cluster in tree.clusters]
        used = ", ".join(f"{chart} {version}" for chart, version in sorted(charts.get(name, ())))
        rows.append([name, *counts, used, str(assumed[name] or "")])
    total = sum(int(row[-1] or 0) for row in rows[1:])
    rows.append(["total", *(str(sum(objects[name, one] for name in names)) for one in tree.clusters), "", str(total)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _charts(tree: Tree) -> dict[str, set[tuple[str, str]]]:
    """Charts and upstream sources that a component's Application installs, with versions."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for cluster in tree.clusters:
        for application in tree.of_kind(cluster, "Application"):
            for source in application_sources(application):
                name = source.get("chart") or source.get("repoURL", "").rpartition("/")[2].removesuffix(".git")
                if not source.get("path", "").startswith("generated/"):
                    found[application.name].add((name, source.get("targetRevision", "")))
    return found


def _assumed(tree: Tree) -> Counter[str]:
    """How many statements that nobody has checked a component rests on: of charts, add-ons, and operators of its resources."""
    found: set[tuple[str, str, int]] = set()
    for world in worlds(tree):
        for one in world.installed:
            owner = one.source.name if one.source.synced else one.source.component
            found.add((owner, one.facts.chart, one.facts.assumed))
        for source, made, _ in world.instances:
            if made.trust == "assumed":
                found.add((source.component, f"{source.kind} {made.where}", 1))
    counted: Counter[str] = Counter()
    for name, _, count in found:
        counted[name] += count
    return counted
