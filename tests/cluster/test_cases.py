"""Cases: of node pools and pods that somebody could have written, the placement proof says what Karpenter says."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import pytest

from groundwork.catalog.instances import instance_type
from groundwork.catalog.regions import region
from groundwork.proofs.placement.fleet import Fleet, Verdict
from groundwork.proofs.placement.machines import Market
from groundwork.proofs.placement.pod import Pod
from tests.cluster import machinery
from tests.cluster.api import Api
from tests.cluster.box import READY
from tests.cluster.cases import NODE_CLASS, STARTUP_TAINT, Case, drawn
from tests.cluster.conftest import SEED
from tests.cluster.control_plane import api_server
from tests.cluster.instance_types import SELF_MANAGED, Offer
from tests.cluster.progress import Progress
from tests.cluster.trial import Outcome, judged

CASES = int(os.environ.get("CASES") or 500)
BATCH = 50
REGION = "us-east-2"
# Karpenter looks at every type for every pool; a quarter of the catalogue holds all that makes types differ.
TYPES = 250
NODE_CLASS_BODY = {
    "apiVersion": "karpenter.k8s.aws/v1",
    "kind": "EC2NodeClass",
    "metadata": {"name": NODE_CLASS["name"]},
    "spec": {
        "role": "node",
        "amiSelectorTerms": [{"alias": "al2023@latest"}],
        "subnetSelectorTerms": [{"tags": {"for": "nodes"}}],
        "securityGroupSelectorTerms": [{"tags": {"for": "nodes"}}],
    },
}


@dataclass(frozen=True)
class Shop:
    """Karpenter, and what it may buy."""

    api: Api
    offer: Offer


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, progress: Progress) -> Generator[Shop]:
    """Karpenter in a cluster that holds nothing else."""
    whole = Offer(domain=SELF_MANAGED, region=REGION, zones=region(REGION).zones)
    names = random.Random(SEED).sample([one.name for one in whole.types], TYPES)
    offer = replace(whole, only=frozenset(names))
    with api_server(tmp_path_factory.mktemp("cases")) as server:
        api = Api(server.client)
        api.install({"karpenter.sh", SELF_MANAGED})
        with (
            progress.step("cases: Karpenter by itself"),
            machinery.controller_manager(server),
            machinery.scheduler(server),
            machinery.kubelets(server, [STARTUP_TAINT]),
            # Pods of one case that come apart would be judged apart.
            machinery.karpenter(server, offer, idle=4),
        ):
            api.apply(NODE_CLASS_BODY)
            api.report(NODE_CLASS_BODY, {"conditions": [READY]})
            yield Shop(api, offer)


def test_the_proof_and_karpenter_agree_on_cases(shop: Shop, progress: Progress, told: dict[str, list[str]]) -> None:
    """The same pods find a machine, from the same pool, of a type that costs the same; the others find none."""
    cases = [*drawn(shop.offer, CASES, SEED)]
    table: Counter[tuple[str, str]] = Counter()
    apart: list[str] = []
    for begin in range(0, len(cases), BATCH):
        batch = cases[begin : begin + BATCH]
        with progress.step(f"cases {begin} to {begin + len(batch) - 1}"):
            theirs = [*judged(shop.api, batch)]
        ours = _proved(shop.offer, batch)
        for case in batch:
            mine = [one for one in ours if one.pod.name.startswith(f"{case.name}-")]
            said = [one for one in theirs if one.case is case]
            # Which of several equal pods is the one that finds no place is chance.
            table.update(
                zip(sorted(_word(one.pool) for one in mine), sorted(_word(one.pool) for one in said), strict=True)
            )
            if not _same(case, mine, said):
                apart.append(_told(case, mine, said))

    told["placement proof / Karpenter, on cases"] = [
        f"{len(cases)} cases, {table.total()} pods: "
        + ", ".join(f"{ours}/{theirs} {count}" for (ours, theirs), count in sorted(table.items())),
        f"{len(cases) - len(apart)} agreements, {len(apart)} disagreements",
    ]
    assert not apart, "\n\n".join(apart)
    assert min(table["placed", "placed"], table["refused", "refused"]) > table.total() // 4


def _proved(offer: Offer, batch: Sequence[Case]) -> list[Verdict]:
    """What the proof says of the same objects, in the same order."""
    fleet = Fleet.of(
        market=Market.of(region(offer.region), offer.zones, offer.types),
        pools=[pool for case in batch for pool in case.pools],
        classes=[NODE_CLASS_BODY],
        daemons=[
            Pod.of(
                {
                    **daemon["spec"]["template"],
                    "metadata": {**daemon["metadata"], **daemon["spec"]["template"]["metadata"]},
                }
            )
            for case in batch
            for daemon in case.daemons
        ],
        namespaces={"default": {"kubernetes.io/metadata.name": "default"}},
    )
    return fleet.place_all([Pod.of(pod) for case in batch for pod in case.pods])


def _word(pool: object) -> str:
    return "placed" if pool else "refused"


def _same(case: Case, ours: Sequence[Verdict], theirs: Sequence[Outcome]) -> bool:
    mine, said = Counter(map(_home, ours)), Counter((one.pool, _price(one.machine)) for one in theirs)
    if mine == said:
        return True
    # To which of two domains with as many pods the next one goes is chance: Karpenter walks a map.
    spread = len(case.pods) > 2 and "topologySpreadConstraints" in case.pods[0]["spec"]
    return (
        spread
        and sorted({pool for pool, _ in mine}) == sorted({pool for pool, _ in said})
        and mine["", None] == said["", None]
    )


def _home(verdict: Verdict) -> tuple[str, object]:
    """The pool, and what a machine costs on demand: of types that cost the same, either will do."""
    return (verdict.pool.name, _price(verdict.machines[0].name)) if verdict.pool else ("", None)


def _told(case: Case, ours: Sequence[Verdict], theirs: Sequence[Outcome]) -> str:
    lines = [f"{case.name}:"]
    for one in ours:
        why_not = "; ".join(str(miss) for miss in one.misses if miss.pool.startswith(f"{case.name}-"))
        lines.append(
            f"  the proof: {one.pool.name if one.pool else why_not} {one.machines[0].name if one.machines else ''}"
        )
    lines += [f"  Karpenter: {one.pool} {one.machine} {one.says[:500]}" for one in theirs]
    return "\n".join([*lines, json.dumps([*case.pools, *case.daemons, *case.pods])])


def _price(name: str) -> object:
    return instance_type(name).usd_per_hour if name else None
