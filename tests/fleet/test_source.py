"""One YAML file: what is refused, and where each value stands."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from groundwork.fleet.source import MAX_BYTES, MAX_DEPTH, MAX_PROBLEMS, parse, read


def problems(data: bytes | str) -> list[str]:
    """What is said about a file of these bytes."""
    return [str(one) for one in parse(data if isinstance(data, bytes) else data.encode(), "a.yaml").problems]


def test_values_follow_yaml_1_2() -> None:
    """Words, dates and leading zeros mean what editors show, not what YAML 1.1 makes of them."""
    document = parse(
        b"a: no\nb: 2026-11-20\nc: 010\nd: 0x1F\ne: 1.5\nf: true\ng: ~\nh:\ni: '7'\nj: 0o17\nk: .5\n", "a.yaml"
    )

    assert document.body == {
        "a": "no",
        "b": "2026-11-20",
        "c": 10,
        "d": 31,
        "e": 1.5,
        "f": True,
        "g": None,
        "h": None,
        "i": "7",
        "j": 15,
        "k": 0.5,
    }


def test_a_number_beyond_reason_stays_text() -> None:
    """Converting a number of thousands of digits takes seconds; as text it fails the type check instead."""
    document = parse(b"a: " + b"9" * 100_000, "a.yaml")

    assert document.body == {"a": "9" * 100_000}


def test_places_are_known_for_keys_and_values() -> None:
    """Lines and columns count from 1; what is missing has the place of what it is missing in."""
    document = parse("# über\nname: ä\nlist:\n  - one\n  - {two: 2}\n".encode(), "a.yaml")

    assert document.place(("name",)) == (2, 7)
    assert document.place(("name",), key=True) == (2, 1)
    assert document.place(("list", 1, "two")) == (5, 11)
    assert document.place(("list", 1, "two"), key=True) == (5, 6)
    assert document.place(("list", 1, "three")) == (5, 5)
    assert document.place(("other",)) == (2, 1)


def test_a_byte_order_mark_is_read_over() -> None:
    """Some editors write one; it moves no column."""
    document = parse(b"\xef\xbb\xbfname: a\n", "a.yaml")

    assert document.body == {"name": "a"}
    assert document.place(("name",)) == (1, 7)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ["a.yaml:1:1: the file is empty"]),
        (b"# only a comment\n", ["a.yaml:1:1: the file is empty"]),
        (b"---\n# ", ["a.yaml:1:1: the file is empty"]),
        (b"a: b: c\n", ["a.yaml:1:5: not YAML: mapping values are not allowed in this context"]),
        (b"a: b: c", ["a.yaml:1:5: not YAML: mapping values are not allowed in this context"]),
        (b"a: [1,\n  2\n", ["a.yaml:1:4: not YAML: did not find expected ',' or ']' while parsing a flow sequence"]),
        (b"a: [", ["a.yaml:1:4: not YAML: did not find expected node content while parsing a flow node"]),
        (b'a: 1\nb: "open\n', ["a.yaml:2:4: not YAML: found unexpected end of stream while scanning a quoted scalar"]),
        (b"a: 1\nb: 2\na: 3\n", ["a.yaml:3:1: the key 'a' stands twice, first in line 1"]),
        (b"a:\n  b: 1\n  b: 2\n", ["a.yaml:3:3: the key 'b' stands twice, first in line 2"]),
        (b"a: &x 1\n", ["a.yaml:1:4: the anchor &x is not allowed"]),
        (
            b"a: &x {b: 1}\nc:\n  <<: *x\n",
            [
                "a.yaml:1:4: the anchor &x is not allowed",
                "a.yaml:3:3: the merge key << is not allowed",
                "a.yaml:3:7: the alias *x is not allowed",
            ],
        ),
        (b"a: 1\n*x : 2\n", ["a.yaml:2:1: the alias *x is not allowed"]),
        (
            b"a: !!python/object/apply:os.system ['true']\n",
            ["a.yaml:1:4: the tag !!python/object/apply:os.system is not allowed"],
        ),
        (b"a: !!str 1\n", ["a.yaml:1:4: the tag !!str is not allowed"]),
        (b"a: 1\n---\nb: 2\n", ["a.yaml:2:1: a second document begins here"]),
        (b"- a\n- b\n", ["a.yaml:1:1: a declaration is a mapping, this is a list"]),
        (b"hello\n", ["a.yaml:1:1: a declaration is a mapping, this is text"]),
        (b"42\n", ["a.yaml:1:1: a declaration is a mapping, this is a single value"]),
        (b"a: 1\n1: 2\n", ["a.yaml:2:1: the key 1 is not text"]),
        (b"true: 2\n", ["a.yaml:1:1: the key true is not text"]),
        (b"a: 1\n? [b]\n: 2\n", ["a.yaml:2:3: a key is text, this is a mapping or a list"]),
        (b"? {b: c}\n: 2\n", ["a.yaml:1:3: a key is text, this is a mapping or a list"]),
        (b"a: 1\nb: caf\xe9\n", ["a.yaml:2:7: not UTF-8: byte 0xe9"]),
        (b"\xff\xfea\x00", ["a.yaml:1:1: not UTF-8: byte 0xff"]),
        (b"a: 1\nb: x\x00y\n", ["a.yaml:2:5: the character U+0000 cannot stand in YAML"]),
        ("a: 1\u2028b: 2\n".encode(), ["a.yaml:1:5: the character U+2028 cannot stand in YAML"]),
        (b'a: "x\\0y"\n', ["a.yaml:1:4: the text holds the character U+0000"]),
        (b'a: "\\e"\n', ["a.yaml:1:4: the text holds the character U+001B"]),
        (b"%YAML 1.1\n# ", ["a.yaml:2:1: not YAML: did not find expected <document start>"]),
        (b"%YAML 3.0\n---\na: 1\n", ["a.yaml:1:1: not YAML: found incompatible YAML document"]),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(data: bytes, expected: list[str]) -> None:
    """Each with the line and column where it stands, and all of a file in one run."""
    document = parse(data, "a.yaml")

    assert [str(one) for one in document.problems] == expected
    assert document.body is None
    assert all(one.fix and one.why for one in document.problems)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{a: "])
def test_nesting_is_bounded(opening: str) -> None:
    """A bomb of brackets is one problem and takes no time: neither Python's stack nor libyaml's is asked."""
    start = time.perf_counter()
    found = parse(f"a:\n  {opening * 100_000}".encode(), "a.yaml").problems

    assert len(found) <= 2
    assert time.perf_counter() - start < 2


def test_as_deep_as_allowed_is_fine() -> None:
    """The limit is on what stands open at once."""
    deepest = "a: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)

    assert problems(deepest) == []
    assert problems(deepest.replace("[]", "[[]]")) == ["a.yaml:1:19: nested more than 16 levels deep"]


def test_a_flood_of_values_is_cut_off() -> None:
    """A mebibyte of commas would take seconds to read."""
    start = time.perf_counter()

    assert problems("a: [" + "1," * 500_000 + "]") == ["a.yaml:1:19999: holds more than 10000 values"]
    assert time.perf_counter() - start < 2


def test_an_anchor_bomb_never_grows() -> None:
    """Aliases are refused, not followed: a billion laughs stay a handful of problems."""
    lines = ["a0: &a0 [lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    found = problems("\n".join(lines))

    assert len(found) == MAX_PROBLEMS
    assert found[0] == "a.yaml:1:5: the anchor &a0 is not allowed"


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    """It may vanish between listing and reading."""
    found = read(tmp_path / "gone.yaml", "clusters/gone.yaml").problems

    assert [str(one) for one in found] == ["clusters/gone.yaml: cannot be read: No such file or directory"]


def test_only_ordinary_files_are_opened(tmp_path: Path) -> None:
    """A link could lead anywhere, and a pipe would be waited for without end."""
    (tmp_path / "target").write_text("name: a\n")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "target")
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "huge.yaml").write_bytes(b"#" * (MAX_BYTES + 1))

    found = [
        str(one)
        for name in ("link", "folder", "pipe", "huge")
        for one in read(tmp_path / f"{name}.yaml", name).problems
    ]
    assert found == [
        "link: is a symbolic link",
        "folder: is a folder where a file should be",
        "pipe: is not an ordinary file",
        "huge: is larger than 1024 KiB",
    ]
