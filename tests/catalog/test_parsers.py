"""Parsers: a name that vLLM does not know is found before it keeps a server from starting."""

from __future__ import annotations

import pytest

from groundwork.catalog import versions
from groundwork.catalog.parsers import parser, parsers


def test_a_name_that_is_known_is_kept() -> None:
    """What reads tool calls need not read thoughts."""
    assert parser("hermes", "tool_calls") == "hermes"
    assert parser("deepseek_r1", "reasoning") == "deepseek_r1"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("hermess", r"v0.30.0 has no parser 'hermess' \(did you mean 'hermes'\?\)"), ("x", "has no parser 'x'$")],
)
def test_another_name_is_refused(name: str, expected: str) -> None:
    """With the nearest that there is."""
    with pytest.raises(LookupError, match=expected):
        parser(name, "tool_calls")


def test_the_list_is_that_of_the_version_that_runs() -> None:
    """A bump of vLLM reads them anew: parsers come and go."""
    with pytest.raises(LookupError, match=versions.image("vllm", "stable").tag):
        parser("x", "reasoning")
    assert list(parsers("reasoning")) == sorted(parsers("reasoning"))
