"""The algebra of labels: what two requirements have in common, and how a contradiction is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.proofs.placement.requirements import Requirement, Requirements

VALUES = ("a", "b", "1", "2", "3", "10")
KEY = "example.com/label"

requirements = st.one_of(
    st.builds(
        lambda op, values: Requirement.of(KEY, op, values),
        st.sampled_from(["In", "NotIn"]),
        st.sets(st.sampled_from(VALUES)),
    ),
    st.builds(lambda op: Requirement.of(KEY, op), st.sampled_from(["Exists", "DoesNotExist"])),
    st.builds(
        lambda op, bound: Requirement.of(KEY, op, [str(bound)]),
        st.sampled_from(["Gt", "Lt", "Gte", "Lte"]),
        st.integers(0, 12),
    ),
)


@given(requirements, requirements, st.sampled_from(VALUES))
def test_both_allow_what_their_intersection_allows(one: Requirement, other: Requirement, value: str) -> None:
    """Value by value."""
    assert (one & other).allows(value) == (one.allows(value) and other.allows(value))


@given(requirements, requirements)
def test_the_order_does_not_matter(one: Requirement, other: Requirement) -> None:
    """Neither of an intersection nor of a meeting."""
    assert one & other == other & one
    assert one.meets(other) == other.meets(one)


@given(requirements, requirements)
def test_two_meet_unless_nothing_satisfies_both(one: Requirement, other: Requirement) -> None:
    """What excludes leaves other values, unless bounds contradict each other."""
    both = one & other
    assert one.meets(other) == (both.excludes or bool(both.values))


@given(requirements, requirements, requirements)
def test_three_can_be_taken_together_in_any_way(one: Requirement, two: Requirement, three: Requirement) -> None:
    """As far as their values go."""
    left, right = (one & two) & three, one & (two & three)
    assert [left.allows(value) for value in VALUES] == [right.allows(value) for value in VALUES]


@pytest.mark.parametrize(
    ("operator", "values", "allowed"),
    [
        ("In", ["a"], {"a"}),
        ("NotIn", ["a"], {"b", "1", "2", "3", "10"}),
        ("Exists", [], {*VALUES}),
        ("DoesNotExist", [], set()),
        ("Gt", ["2"], {"3", "10"}),
        ("Gte", ["2"], {"2", "3", "10"}),
        ("Lt", ["2"], {"1"}),
        ("Lte", ["2"], {"1", "2"}),
    ],
)
def test_operators(operator: str, values: list[str], allowed: set[str]) -> None:
    """Bounds compare numbers: 10 is more than 3, and a word is neither."""
    assert allowed == {value for value in VALUES if Requirement.of(KEY, operator, values).allows(value)}


def test_an_older_name_of_a_label_is_the_same_label() -> None:
    """Pods may still ask for failure-domain.beta.kubernetes.io/zone."""
    old = Requirement.of("failure-domain.beta.kubernetes.io/zone", "In", ["z"])
    assert old.key == "topology.kubernetes.io/zone"


def test_a_label_that_nobody_speaks_of_is_refused_unless_it_is_well_known() -> None:
    """Or unless the pod is content without it; the hint is Karpenter's."""
    node = Requirements.of([Requirement.of("example.com/team", "In", ["blue"])])
    wants = Requirements.of([Requirement.of("team", "In", ["blue"])])

    assert 'label "team" does not have known values (typo of "example.com/team"?)' == node.refusal(wants)
    assert "" == node.refusal(wants, {"team"})
    assert "" == node.refusal(Requirements.of([Requirement.of("other", "NotIn", ["x"])]))
    assert node.refusal(Requirements.of([Requirement.of("other", "Exists")]))


def test_a_contradiction_is_told_in_karpenters_words() -> None:
    """With both sides."""
    node = Requirements.of([Requirement.of("arch", "In", ["amd64"])])
    wants = Requirements.of([Requirement.of("arch", "In", ["arm64"])])
    assert "key arch, arch In [arm64] not in arch In [amd64]" == node.refusal(wants)


def test_a_long_list_is_cut() -> None:
    """After five values."""
    told = str(Requirement.of("type", "In", ["a", "b", "c", "d", "e", "f", "g"]))
    assert "type In [a b c d e and 2 others]" == told


def test_min_values_survive_an_intersection() -> None:
    """The larger number holds."""
    both = Requirement.of("family", "In", ["m6i", "m7i"], 2) & Requirement.of("family", "In", ["m6i", "c6i"], 1)
    assert (frozenset({"m6i"}), 2) == (both.values, both.min_values)
