"""How long each proof takes for the committed clusters, for ten and for a hundred times as many: `make bench` runs this.

The copies have names and accounts of their own and share the parsed objects, so this is the proofs' time alone. What `groundwork
check` does beside them, reading each file once and handing all objects to conftest, is in the rows of `bench.py`.
"""

from __future__ import annotations

import functools
import gc
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from groundwork.findings import Finding
from groundwork.proofs import references, schema
from groundwork.proofs.intent import Intent, read_intent
from groundwork.proofs.world import World, worlds
from groundwork.review.check import PROOFS, kubernetes_versions
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree, read_tree

ROOT = Path(__file__).resolve().parents[1]
TIMES = (1, 10, 100)


def main() -> None:
    """Print the table: seconds, and in brackets how many times those of the committed clusters."""
    tree, intent = read_tree(ROOT / "generated"), read_intent(ROOT)
    seconds(copied(tree, 1), accounted(tree, intent, 1))  # so that what is read once is read before
    found = {times: seconds(copied(tree, times), accounted(tree, intent, times)) for times in TIMES}
    print(f"{'proof':12}" + "".join(f"  {len(tree.clusters) * times:>5} clusters{'':8}" for times in TIMES))
    for proof, first in found[1].items():
        cells = (f"  {found[times][proof]:7.2f} s {f'({found[times][proof] / first:.1f}x)':>9}" for times in TIMES)
        print(f"{proof:12}" + "  ".join(cells))


def copied(tree: Tree, times: int) -> Tree:
    """So many copies of every cluster."""
    return Tree(
        tree.root,
        [
            Manifest(
                _named(one.cluster, number),
                one.component,
                PurePosixPath(_named(one.cluster, number), *one.path.parts),
                one.body,
            )
            for number in range(times)
            for one in tree
        ],
    )


def accounted(tree: Tree, intent: Intent, times: int) -> Intent:
    """What the declarations would say: each set of copies has an account of its own, and is declared as the first."""
    copies = [(name, _named(name, number), number) for name in tree.clusters for number in range(times)]
    accounts = {copy: replace(intent.accounts[name], number=f"{number:012}") for name, copy, number in copies}
    return replace(intent, accounts=accounts, carried={copy: intent.carried[name] for name, copy, _ in copies})


def seconds(tree: Tree, intent: Intent) -> Mapping[str, float]:
    """How long each proof takes; that of references has the index that they share."""
    found = {"schema": _timed(lambda: schema.check(tree, kubernetes_versions(tree)))}
    clusters: list[World] = []
    found["references"] = _timed(lambda: _followed(clusters, tree, intent))
    for name, proof in PROOFS.items():
        found[name] = _timed(functools.partial(proof, clusters))
    return found | {"all": sum(found.values())}


def _followed(clusters: list[World], tree: Tree, intent: Intent) -> Iterable[Finding]:
    clusters.extend(worlds(tree, intent))
    return references.check(clusters).findings


def _timed(proof: Callable[[], Iterable[Finding]]) -> float:
    gc.collect()
    began = time.perf_counter()
    list(proof())
    return time.perf_counter() - began


def _named(cluster: str, number: int) -> str:
    return f"{cluster}-{number:03}"


if __name__ == "__main__":
    main()
