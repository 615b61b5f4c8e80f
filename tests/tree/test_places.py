"""Every place of a file has a line and a column, also inside the configuration files that stand in it."""

from __future__ import annotations

import pytest
import yaml

from groundwork.tree.places import Places, line_of

MANIFEST = """\
# litellm
kind: Deployment
spec:
  containers:
    - name: a
      image: x
    - {name: b,
       image: y}
  1: one
"""


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ((), (2, 1)),
        (("kind",), (2, 1)),
        (("spec", "containers"), (4, 3)),
        (("spec", "containers", 0, "image"), (6, 7)),
        (("spec", "containers", 1), (7, 7)),
        (("spec", "containers", 1, "image"), (8, 8)),
        (("spec", 1), (9, 3)),
    ],
)
def test_a_pointer_has_a_line_and_a_column(pointer: tuple[str | int, ...], place: tuple[int, int]) -> None:
    """Both from 1, of the key that a person would look at."""
    assert place == line_of(MANIFEST, pointer)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [(("spec", "replicas"), (3, 1)), (("spec", "containers", 7, "image"), (4, 3)), (("kind", "deeper"), (2, 1))],
)
def test_a_missing_key_is_shown_where_it_should_stand(pointer: tuple[str | int, ...], place: tuple[int, int]) -> None:
    """The deepest node that exists is meant."""
    assert place == line_of(MANIFEST, pointer)


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_has_a_first_line(text: str) -> None:
    """There is nothing to point at, so the file's beginning is meant."""
    assert (1, 1) == line_of(text, ("kind",))


INSIDE = (
    """\
kind: ConfigMap
data:
  config.yaml: |

    # routes
    model_list:
      - model_name: qwen
        params: {api_base: "http://qwen"}
    nested.json: |
      {"a":
        {"b": [1, 2]}}
  plain.json: '{"a": {"b": [1, 2]}}'
  escaped.json: "{\\"a\\": 1}"
  folded.yaml: >-
    a:

      b: 1
  words: just words
  broken: |
    a: [
  bomb: |
    """
    + "[" * 5000
    + """
  several: |
    a: 1
    ---
    b: 2
"""
)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        (("config.yaml", "model_list"), (6, 5)),
        (("config.yaml", "model_list", 0), (7, 9)),
        (("config.yaml", "model_list", 0, "params", "api_base"), (8, 18)),
        (("config.yaml", "nested.json", "a", "b", 1), (11, 19)),
        (("plain.json", "a", "b", 1), (12, 32)),
        (("several", "a"), (24, 5)),
    ],
)
def test_a_pointer_goes_on_into_a_string(pointer: tuple[str | int, ...], place: tuple[int, int]) -> None:
    """A configuration file inside a ConfigMap has lines too, and so has one inside of that."""
    assert place == line_of(INSIDE, ("data", *pointer))


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        (("config.yaml", "nowhere"), 3),
        (("config.yaml", "model_list", 0, "nowhere"), 7),
        (("escaped.json", "a"), 13),
        (("folded.yaml", "a", "b"), 14),
        (("words", "a"), 18),
        (("broken", "a"), 19),
        (("bomb", 0, 0), 21),
        (("several", "b"), 23),
    ],
)
def test_a_string_that_has_no_such_place_is_shown_itself(pointer: tuple[str | int, ...], line: int) -> None:
    """Where lines are folded or escaped, or the string is something else, the key that holds it is meant."""
    assert line == line_of(INSIDE, ("data", *pointer))[0]


def test_columns_count_characters_as_editors_do() -> None:
    """Not bytes, and a byte-order mark is no character."""
    assert (1, 5) == line_of("\ufeff{é, b: 2}", ("b",))
    assert (1, 11) == line_of('{"é😀": 1, b: 2}', ("b",))


def test_many_pointers_cost_one_reading() -> None:
    """A file with a hundred findings is composed once."""
    places = Places("".join(f"k{number}: {number}\n" for number in range(100)))

    assert [(number + 1, 1) for number in range(100)] == [places.of((f"k{number}",)) for number in range(100)]


def test_a_text_that_cannot_be_read_is_an_error() -> None:
    """Bombs are refused before libyaml composes them, which would end the process."""
    for text in ("a: [", "[" * 30_000, "a: 1\na: 2"):
        with pytest.raises(yaml.YAMLError):
            Places(text)
