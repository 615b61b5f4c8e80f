"""YAML is written so that every reader reads back what was meant, and read so that nothing is dropped in silence."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwork.tree.yaml import DuplicateKeyError, ForeignValueError, NestingError, RefusedError, dump, parse

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
# Numbers that JSON and 64 bits can hold: others are refused, or are text.
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-13-45", "2026-13-45"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("1:30", "1:30"),
        ("089012345678", 89012345678.0),
        ("017", 15),
        ("-0o17", -15),
        ("0x1F", 31),
        ("0b11", 3),
        ("1_000", 1000),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("y", True),
        ("Off", False),
        ("~", None),
        ("", None),
        ("18446744073709551615", 2**64 - 1),
        ("18446744073709551616", 2.0**64),
        ("9" * 5000, "9" * 5000),
        ("0x" + "f" * 40, "0x" + "f" * 40),
        ("1e999", "1e999"),
        ("!!str 12", "12"),
        ("! 12", "12"),
        ("10.0.0.1", "10.0.0.1"),
        ("-", [None]),
        ("+", "+"),
        ("._", "._"),
    ],
)
def test_a_bare_word_is_what_an_api_server_takes_it_for(text: str, value: object) -> None:
    """Kubernetes reads dates as text and 1e3 as a number; PyYAML the other way round."""
    (body,) = parse(f"a:\n  {text}\n")

    assert (value, type(value)) == (body["a"], type(body["a"]))


@pytest.mark.parametrize(
    ("key", "text"), [("1", "1"), ("1.5", "1.5"), ("true", "true"), ("off", "false"), ("2026-01-31", "2026-01-31")]
)
def test_a_key_is_text(key: str, text: str) -> None:
    """JSON knows no others."""
    assert [{text: "a"}] == parse(f"{key}: a\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("~: a", "a key is null, not text"),
        ("[a]: b", "a key is a mapping or a list, not text"),
        ("{a: b}: c", "a key is a mapping or a list, not text"),
        ("a: &a b\n*a : c", "a key is an alias, not text"),
        ("a: .nan", "JSON has no number .nan"),
        ("a: -.Inf", "JSON has no number -.Inf"),
        ("a: !!binary aGk=", "the tag !!binary has no meaning in a manifest"),
        ("a: !!set {b, c}", "the tag !!set has no meaning in a manifest"),
        ("a: !env HOME", "the tag !env has no meaning in a manifest"),
        ("<<: 3", "the merge key << needs a mapping"),
    ],
)
def test_what_json_cannot_say_is_refused(text: str, problem: str) -> None:
    """The API server's reader would refuse it, or make something else of it."""
    with pytest.raises(ForeignValueError, match=re.escape(problem)):
        parse(text)


def test_merge_keys_are_followed() -> None:
    """What stands in the mapping itself wins, then the first that is merged."""
    text = "a: &a {p: 1, q: 1}\nb: &b {q: 2, r: 2}\nc: {<<: [*a, *b], p: 0}\nd:\n  <<: *b\n'<<': text\n"

    (body,) = parse(text)

    assert {"p": 0, "q": 1, "r": 2} == body["c"]
    assert {"q": 2, "r": 2} == body["d"]
    assert "text" == body["<<"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 30_000, "nested more than 100 levels deep"),
        ("{a: " * 101 + "}" * 101, "nested more than 100 levels deep"),
        ("a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 200)), "nested more than 100"),
        ("a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 9)), "repeat 100000"),
        ("a: &a\n  b: [*a]\n", "'a' holds itself"),
    ],
)
def test_a_bomb_is_refused(text: str, problem: str) -> None:
    """Whether it is deep, holds itself or multiplies: nothing that walks the value could come back."""
    with pytest.raises(NestingError, match=problem):
        parse(text)


def test_ordinary_depth_and_ordinary_aliases_pass() -> None:
    """A hundred levels are more than any manifest has."""
    assert parse("[" * 100 + "]" * 100)
    assert [{"a": [1], "b": [[1], [1]]}] == parse("a: &a [1]\nb: [*a, *a]\n")


@pytest.mark.parametrize("text", ["a: *b", "a: &b 1\n---\nc: *b", "a: [", "a: 'b", "\ta: 1", "a: \x00", "@a"])
def test_broken_yaml_is_an_error_of_yaml(text: str) -> None:
    """Callers catch one class, and tell what is broken from what is refused."""
    with pytest.raises(yaml.YAMLError) as broken:
        parse(text)

    assert not isinstance(broken.value, RefusedError)
