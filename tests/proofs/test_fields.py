"""Fields: whatever a body holds, reading it never stumbles."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from groundwork.proofs.fields import entries, mapping, number, strings, text, texts, value_at

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(body=JSON, path=st.lists(st.sampled_from(["a", "b", 0, 1, -1]), max_size=3))
def test_reading_any_path_of_any_body_gives_the_form_that_was_asked_for(body: Any, path: list[str | int]) -> None:
    """What has another form counts as not there."""
    assert isinstance(mapping(body, *path), dict)
    assert isinstance(text(body, *path), str)
    assert all(isinstance(one, dict) for _, one in entries(body, *path))
    assert all(isinstance(one, str) for _, one in texts(body, *path))
    assert number(body, *path) is None or type(number(body, *path)) is int


@given(body=JSON)
def test_every_string_is_found_where_it_stands(body: Any) -> None:
    """The pointer of a string leads back to it."""
    assert all(value_at(body, *pointer) == found for pointer, found in strings(body))
