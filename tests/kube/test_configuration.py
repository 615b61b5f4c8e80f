"""Configuration files are text that people and other programs read."""

from __future__ import annotations

import pytest
import yaml

from groundwork.kube.configuration import as_yaml


def test_a_configuration_reads_back_in_the_order_given() -> None:
    """In block style, shared parts written out, long lines whole."""
    shared = {"model": "qwen3-4b"}
    value = {"z": [shared, shared], "a": "word " * 60 + "word", "é": "日本"}

    text = as_yaml(value)

    assert value == yaml.safe_load(text)
    assert ["z:", "- model: qwen3-4b", "- model: qwen3-4b", f"a: {'word ' * 60}word", "é: 日本"] == text.splitlines()


def test_several_lines_stand_as_a_block() -> None:
    """A script inside a configuration is read line by line."""
    assert "script: |\n  one\n  two\n" == as_yaml({"script": "one\ntwo\n"})


@pytest.mark.parametrize("text", ["y", "N", "1e3", "1.5e3", "0o14", "089"])
def test_what_another_reader_takes_for_no_string_is_quoted(text: str) -> None:
    """A user named `y`, a key of digits, a model called 1e3."""
    assert f"'{text}'" == as_yaml({"a": text}).removeprefix("a: ").strip()
