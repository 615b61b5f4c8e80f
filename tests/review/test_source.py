"""Findings get their lines, and the lines around them, from the files that they speak of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from groundwork.findings import Finding
from groundwork.review.source import Sources
from tests.review.shop import SERVICE, found, write


def located(tree: Path, finding: Finding) -> tuple[int | None, int | None]:
    """Line and column that a finding gets."""
    one = Sources([tree]).located(finding)
    return one.line, one.column


def test_a_pointer_becomes_a_line_and_a_column(tree: Path) -> None:
    """Of the key, in the file that stands on disk."""
    assert (11, 5) == located(tree, found())
    assert (9, 3) == located(tree, found(pointer=("spec", "ports", 7)))


def test_a_place_that_is_known_is_kept(tree: Path) -> None:
    """A parser's error has a better one than any pointer."""
    assert (2, 3) == located(tree, replace(found(), line=2, column=3))


@pytest.mark.parametrize("path", ["generated/dev/web/shop/Service.gone.yaml", "elsewhere/Service.web.yaml", None])
def test_what_is_not_there_has_no_line(tree: Path, path: str | None) -> None:
    """A missing file is missing as a whole."""
    assert (None, None) == located(tree, found(path=path))


def test_a_finding_about_a_file_as_a_whole_does_not_have_it_parsed(tree: Path) -> None:
    """It may hold anything: a file too many, a binary, a bomb."""
    write(tree, SERVICE, "[" * 100_000)

    assert (None, None) == located(tree, replace(found(), subject=None))
    assert (None, None) == located(tree, found())


def test_a_pointer_into_a_string_has_a_line_of_its_own(tree: Path) -> None:
    """A configuration file in a ConfigMap is read as what it is."""
    write(tree, SERVICE, "data:\n  config.yaml: |\n    models:\n    - name: qwen\n")

    assert (4, 7) == located(tree, found(pointer=("data", "config.yaml", "models", 0, "name")))


def test_every_file_is_read_once(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many findings it has."""
    read: list[Path] = []
    read_text = Path.read_text

    def noting(self: Path, *arguments: Any, **more: Any) -> str:
        read.append(self)
        return read_text(self, *arguments, **more)

    monkeypatch.setattr(Path, "read_text", noting)
    sources = Sources([tree])

    for finding in [found(), found(pointer=("kind",)), found(pointer=("spec", "selector", "app"))]:
        sources.excerpt(sources.located(finding))

    assert [tree / SERVICE] == read


def test_an_excerpt_has_two_lines_before_and_one_after(tree: Path) -> None:
    """And marks what stands at the place, to the end of the line."""
    sources = Sources([tree])

    excerpt = sources.excerpt(sources.located(found(pointer=("spec", "ports", 0, "name"))))

    assert excerpt is not None
    assert {8: "  selector: {app: web}", 9: "  ports:", 10: "  - name: http", 11: "    port: 80"} == excerpt.lines
    assert (10, 5, 14) == (excerpt.line, excerpt.start, excerpt.end)


@pytest.mark.parametrize(("line", "column", "marked"), [(1, None, (1, 1)), (99, 7, (11, 5)), (11, 2, (11, 2))])
def test_the_edges_of_a_file_are_shown_too(tree: Path, line: int, column: int | None, marked: tuple[int, int]) -> None:
    """What is missing at the end of a file stands behind its last line to libyaml."""
    excerpt = Sources([tree]).excerpt(replace(found(), line=line, column=column))

    assert excerpt is not None
    assert marked == (excerpt.line, excerpt.start)
    assert excerpt.line in excerpt.lines


def test_an_empty_file_has_no_excerpt(tree: Path) -> None:
    """There is nothing to show."""
    write(tree, SERVICE, "")

    assert Sources([tree]).excerpt(replace(found(), line=1)) is None


def test_a_path_is_shown_so_that_a_terminal_can_open_it(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the working folder where it is below that, else in full."""
    assert str(tree / SERVICE) == Sources([tree]).shown(f"generated/{SERVICE}")
    monkeypatch.chdir(tree)
    assert SERVICE == Sources([tree]).shown(f"generated/{SERVICE}")
