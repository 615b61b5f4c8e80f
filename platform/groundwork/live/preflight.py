"""Before bootstrap: what a cluster needs of this machine, of its declarations, and of its AWS account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from groundwork.fleet.site import Fleet, Site
from groundwork.live.account import account
from groundwork.live.answers import Answer, Answers, State
from groundwork.live.machine import machine
from groundwork.proofs import pins
from groundwork.tree.reader import Tree, read_tree

__all__ = ["preflight"]

_DECLARED = "Declarations"
# Names that nobody can own (RFC 2606, RFC 6761), and the account of AWS's own examples.
_NOBODYS = re.compile(
    r"(^|[./@])example(\.(com|org|net|edu))?($|[/:])|\.(example|invalid|test)($|[/:])|github\.com/example/"
)
_EXAMPLE_ACCOUNTS = {"111122223333", "123456789012", "444455556666", "555555555555", "777788889999", "999999999999"}


def preflight(fleet: Fleet, name: str, folder: Path) -> Answers:
    """Ask everything, for one cluster. `folder` is generated/.

    Raises:
        ValueError: the tree holds nothing of this cluster, or a pool without limits.
    """
    site = fleet.site(name)
    where = (site.cluster.account, site.cluster.region)
    neighbours = sorted(one.name for one in fleet.clusters.values() if (one.account, one.region) == where)
    tree = read_tree(folder, [one for one in neighbours if (folder / one).is_dir()])
    if name not in tree.clusters:
        raise ValueError(f"{folder / name} holds no manifests: run `make synth` first")
    answers = [*machine(site.cluster.kubernetes), *_stand_ins(site), *_pins(site, tree)]
    answers += account(site, tree, neighbours)
    title = f"Before bootstrap of {name}: account {where[0]}, {where[1]}, Kubernetes {site.cluster.kubernetes}"
    return Answers(title=title, cluster=name, answers=answers)


def _stand_ins(site: Site) -> Iterator[Answer]:
    """What the repository came with and nobody can use as it is."""
    organisation = site.organisation
    account = site.cluster.account
    declared = {
        f"clusters/{site.name}.yaml: account": (account, account in _EXAMPLE_ACCOUNTS),
        "fleet.yaml: domain": _owned(organisation.domain),
        "fleet.yaml: contact": _owned(organisation.contact),
        "fleet.yaml: repository.url": _owned(organisation.repository.url),
        "fleet.yaml: identity.issuer": _owned(organisation.identity.issuer),
    }
    for place, (value, stands_in) in declared.items():
        claim, fix = f"{place} is yours", f"write your own, then `make synth`; {value} is only an example"
        if stands_in:
            yield Answer(topic=_DECLARED, claim=claim, state=State.FALSE, found=value, fix=fix)
        else:
            yield Answer(topic=_DECLARED, claim=claim, state=State.TRUE, found=value)


def _owned(value: str) -> tuple[str, bool]:
    return value, _NOBODYS.search(value) is not None


def _pins(site: Site, tree: Tree) -> Iterator[Answer]:
    """Identifiers that AWS chooses come after bootstrap. Weights without a revision are an answer that somebody owes."""
    own = Tree(tree.root, [one for one in tree if one.cluster == site.name])
    missing = [one for one in pins.check(own) if one.rule in {pins.IDENTIFIER.id, pins.WEIGHTS.id}]
    for problem, rule in sorted({(one.problem, one.rule) for one in missing}):
        found = "AWS chooses it during bootstrap" if rule == pins.IDENTIFIER.id else ""
        objects = sorted({one.subject.name for one in missing if one.subject and one.problem == problem})
        claim = f"{', '.join(objects)}: {problem}"
        fix = next(one.fix for one in missing if one.problem == problem)
        yield Answer(topic=_DECLARED, claim=claim, state=State.OPEN, found=found, fix=fix)
