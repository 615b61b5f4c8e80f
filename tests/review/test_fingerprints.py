"""A finding is recognised while lines move and values change."""

from __future__ import annotations

from dataclasses import replace

from groundwork.review.fingerprints import fingerprints
from tests.review.shop import found


def test_lines_and_values_do_not_count() -> None:
    """The same rule broken by the same object at the same place is the same finding."""
    one = found()

    assert fingerprints([one]) == fingerprints([replace(one, line=7, column=3, problem="port is 70000")])


def test_everything_else_does() -> None:
    """Rule, object, file and place each make another one."""
    others = [
        found(),
        found("schema/type"),
        found(cluster="prod"),
        found(pointer=("spec",)),
        replace(found(), subject=None),
        replace(found(path="generated/other.yaml"), subject=None),
    ]

    assert len(others) == len({*fingerprints(others)})


def test_two_of_the_same_place_are_told_apart() -> None:
    """By number, in the order of the report."""
    first, second = fingerprints([found(), found(problem="and something else")])

    assert (first[-2:], second[-2:]) == (":1", ":2")
    assert first[:-2] == second[:-2]
