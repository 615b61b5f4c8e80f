"""What the tree holds: components by cluster, with versions, objects and the chart facts that nobody has checked."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from groundwork.catalog.chart_facts import facts
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree, read_tree

__all__ = ["inventory"]


def inventory(folder: Path) -> str:
    """A table, one line per component: objects per cluster, upstream versions, assumed facts."""
    tree = read_tree(folder)
    objects = Counter((one.component, one.cluster) for one in tree)
    charts = _charts(tree)
    names = sorted({component for component, _ in objects} | charts.keys())
    rows = [["component", *tree.clusters, "upstream", "assumed"]]
    for name in names:
        counts = [str(objects[name, cluster] or "") for cluster in tree.clusters]
        used = sorted(charts.get(name, ()))
        assumed = sum(facts(chart).assumed for chart, _ in used if _known(chart))
        rows.append([name, *counts, ", ".join(f"{chart} {version}" for chart, version in used), str(assumed or "")])
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
            for source in _sources(application):
                name = source.get("chart") or source.get("repoURL", "").rpartition("/")[2].removesuffix(".git")
                if not source.get("path", "").startswith("generated/"):
                    found[application.name].add((name, source.get("targetRevision", "")))
    return found


def _sources(application: Manifest) -> list[dict[str, str]]:
    spec = application.spec
    return spec.get("sources") or [spec.get("source", {})]


def _known(chart: str) -> bool:
    try:
        facts(chart)
    except LookupError:
        return False
    return True
