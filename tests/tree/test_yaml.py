"""YAML is written so that every reader reads back what was meant, and read so that nothing is dropped in silence."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.tree.yaml import DuplicateKeyError, dump, line_of, parse

TRICKY = [
    *("", " ", "~", "null", "Null", "true", "y", "Y", "n", "N", "yes", "no", "on", "Off", "=", "<<"),
    *("1", "-1", "1e3", "+1E-3", "1.5", ".inf", ".nan", "0o14", "017", "0x1F", "0b1", "1_000", "1:30", "2026-01-31"),
    *(
        "- a",
        "a: b",
        "# no",
        "a #b",
        "'",
        '"',
        "{a",
        "[a",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "|",
        ">",
        "?",
        ":",
        "a:",
        ",",
    ),
    *(
        "two\nlines",
        "ends\n",
        "ends\n\n",
        "\nstarts",
        "  indented\nless",
        "trailing \nspace",
        "tab\t",
        "\tab\nc",
        "cr\r\nlf",
    ),
    *(
        "é",
        "日本語\n行",
        "😀\n😀",
        "\x85",
        "a\u2028b",
        "\ufeff",
        "\x7f",
        "\x00",
        "---",
        "...",
        "---\na",
        "x" * 500,
        "x y " * 200,
    ),
]
# Surrogates are the one thing that UTF-8 has no bytes for.
TEXTS = st.sampled_from(TRICKY) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS
BODIES = st.dictionaries(
    TEXTS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
    ),
    max_size=5,
)

# What the reader of Kubernetes and Argo CD (sigs.k8s.io/yaml, go.yaml.in/yaml/v2 `resolve`) makes of a bare word: 0o14, 0XFF
# and 1_000 pass Go's ParseInt with base 0, and 089 and 1.5e3 its pattern of a float.
GO_TAKES_FOR_NO_STRING = [
    re.compile(r"[-+]?(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)"),
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"),
    re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"),
    re.compile(
        r"|~|null|Null|NULL|y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF|<<"
    ),
]


def bare(text: str) -> bool:
    """Whether the value of `a` stands there without quotes."""
    value = dump({"a": text}).removeprefix("a: ")
    return not value.startswith(("'", '"', "|"))


@given(BODIES)
def test_what_is_written_reads_back(body: dict[str, Any]) -> None:
    """Whatever a manifest holds, parsing the file gives the same values."""
    assert [body] == parse(dump(body))


@settings(max_examples=50)
@given(BODIES)
def test_what_is_written_reads_back_with_any_yaml_1_1_loader(body: dict[str, Any]) -> None:
    """The file does not lean on our own loader."""
    assert body == yaml.safe_load(dump(body))


@settings(max_examples=50)
@given(BODIES)
def test_the_same_value_gives_the_same_bytes(body: dict[str, Any]) -> None:
    """A value that has been through a file is written as it was."""
    (read,) = parse(dump(body))

    assert dump(body) == dump(read)


@pytest.mark.parametrize("text", TRICKY)
def test_a_tricky_string_stays_a_string(text: str) -> None:
    """As a value, as an item and as a key."""
    body = {text: text, "list": [text, [text]], "deep": {text: {text: text}}}

    assert [body] == parse(dump(body))


@pytest.mark.parametrize(
    "text", [text for text in TRICKY if any(one.fullmatch(text) for one in GO_TAKES_FOR_NO_STRING)]
)
def test_what_looks_like_another_type_is_quoted(text: str) -> None:
    """Kubernetes would read `replicas: 1e3` as a number and `enabled: y` as a boolean."""
    assert not bare(text)


@pytest.mark.parametrize("text", ["089012345678", "+08", "1.5e3", ".5e3", "-.5", "0XFF", "0B1", "0O14", "-0o14"])
def test_what_only_go_takes_for_a_number_is_quoted(text: str) -> None:
    """The YAML reader of Kubernetes knows more spellings of numbers than PyYAML does."""
    assert any(one.fullmatch(text) for one in GO_TAKES_FOR_NO_STRING)
    assert not bare(text)


def test_ordinary_words_are_not_quoted() -> None:
    """Quotes are for what needs them: reviewers read these files."""
    words = [
        "litellm",
        "10.20.0.0/16",
        "1.2.3",
        "v1.5",
        "500m",
        "1Gi",
        "https://example.com:443/x",
        "/healthz",
        "us-east-1a",
    ]

    assert words == [word for word in words if bare(word)]


def test_keys_keep_their_order() -> None:
    """A manifest reads apiVersion, kind, metadata, spec, and not by the alphabet."""
    assert "kind: A\napiVersion: v1\nspec:\n  b: 1\n  a: 2\n" == dump(
        {"kind": "A", "apiVersion": "v1", "spec": {"b": 1, "a": 2}}
    )


def test_several_lines_stand_as_a_block() -> None:
    """A reviewer reads a configuration file inside a ConfigMap line by line."""
    assert "file: |\n  one: 1\n  two: 2\n" == dump({"file": "one: 1\ntwo: 2\n"})


def test_long_lines_are_not_folded() -> None:
    """A folded line would make one changed word a diff of many lines."""
    assert f"a: {'word ' * 300}word\n" == dump({"a": "word " * 300 + "word"})


def test_what_is_shared_is_written_twice() -> None:
    """No anchors: two places that happen to be one object in Python are two in the file."""
    labels = {"app": "litellm"}

    assert "a:\n  app: litellm\nb:\n  app: litellm\n" == dump({"a": labels, "b": labels})


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("a: 1\na: 2\n", 2, "a"),
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, "b"),
        ("- {a: 1, b: 2, a: 3}\n", 1, "a"),
        ("ok: 1\n---\nkind: A\nkind: B\n", 4, "kind"),
        ("a: 1\n'a': 2\n", 2, "a"),
    ],
)
def test_a_key_that_stands_twice_is_refused(text: str, line: int, key: str) -> None:
    """Readers silently keep the last; the error says which key and on which line."""
    with pytest.raises(DuplicateKeyError, match=f"the key '{key}' stands twice") as refused:
        parse(text)

    mark = refused.value.problem_mark
    assert mark is not None
    assert line == mark.line + 1


def test_a_bare_equals_sign_is_a_string() -> None:
    """CRDs list it among their operators; YAML 1.1 has a type for it that nobody constructs."""
    assert [{"operators": ["=", "!="]}] == parse("operators: [=, '!=']\n")


def test_every_document_of_a_file_is_read() -> None:
    """Callers decide how many they allow."""
    assert [{"a": 1}, None, {"b": 2}] == parse("a: 1\n---\n---\nb: 2\n")


def test_bytes_are_read_as_utf_8() -> None:
    """Latin-1 is an error rather than wrong letters."""
    assert [{"a": "é"}] == parse("a: é".encode())
    with pytest.raises(UnicodeDecodeError):
        parse("a: é".encode("latin-1"))


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.getcwd []", "!!python/name:os.system", "!env HOME"])
def test_a_file_cannot_run_code(tag: str) -> None:
    """Only plain data is constructed."""
    with pytest.raises(yaml.YAMLError):
        parse(f"a: {tag}")


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
