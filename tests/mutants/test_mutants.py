"""The gates notice when the tree is broken: a part of `make mutants`, drawn by a seed, on every run of the tests."""

from __future__ import annotations

import copy
import os
import pickle

import pytest

from tests.mutants.edit import GONE, operators
from tests.mutants.neutral import neutral
from tests.mutants.trial import Mutant, committed, draw, judge

SEED = int(os.environ.get("SEED") or 1)
# Of every operator's places one, of every sixth operator: which of them, the seed says.
SHARE = 6


@pytest.fixture(scope="module")
def drawn() -> list[Mutant]:
    """One mutant each of a sixth of the operators."""
    names = [name for name, one in operators().items() if one.claim != "later"]
    return [mutant for name in names[SEED % SHARE :: SHARE] for mutant in draw(operators()[name], 1, SEED)[0]]


def test_the_gates_find_what_is_broken(drawn: list[Mutant]) -> None:
    """At least nine of ten, each by a finding that names the broken object or one that is tied to it."""
    survivors = [one.mutant.operator for one in judge(drawn) if not one.kills]

    assert len(drawn) > 30
    assert len(survivors) <= len(drawn) // 10, survivors


def test_the_gates_are_silent_where_nothing_is_broken() -> None:
    """Another order, another unit, another label: no finding."""
    mutants = [mutant for one in neutral().values() for mutant in draw(one, 1, SEED)[0]]

    found = [(one.mutant.operator, finding.problem) for one in judge(mutants) for finding in (*one.kills, *one.others)]

    assert len(mutants) >= 10
    assert found == []


def test_there_are_enough_ways_to_break_it() -> None:
    """Thirty at the least, each of which applies somewhere in the committed tree."""
    places = {
        name: sum(1 for manifest in committed() for _ in one.edits(manifest)) for name, one in operators().items()
    }

    assert len(places) >= 30
    assert [name for name, count in places.items() if not count] == []
    assert sum(min(count, 5) for count in places.values()) >= 300


def test_an_edit_changes_a_copy() -> None:
    """The committed tree is the same after every edit, and the edited object is another."""
    for name, one in operators().items():
        manifest, edit = next((manifest, edit) for manifest in committed() for edit in one.edits(manifest))
        before = copy.deepcopy(manifest.body)

        changed = edit.apply(manifest)

        assert manifest.body == before, name
        assert changed is None or changed.body != before, name


def test_what_an_edit_takes_away_is_gone_in_every_process() -> None:
    """The mutants are judged in workers; a copy of the mark would be put into the field instead."""
    assert pickle.loads(pickle.dumps(GONE)) is GONE
