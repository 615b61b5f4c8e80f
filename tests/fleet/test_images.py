"""Tags of our own images: they change with the content of the folder, and with nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from groundwork.fleet.images import digest, digests


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An image with two files."""
    image = tmp_path / "apps/images/search"
    (image / "src").mkdir(parents=True)
    (image / "Dockerfile").write_text("FROM scratch\n")
    (image / "src/server.py").write_text("print()\n")
    return image


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "Dockerfile").write_text("FROM other\n"),
        lambda folder: (folder / "new").write_text(""),
        lambda folder: (folder / "src/server.py").rename(folder / "src/main.py"),
        lambda folder: (folder / "src/server.py").rename(folder / "server.py"),
        lambda folder: (folder / "src/server.py").chmod(0o755),
        lambda folder: (folder / "src/server.py").unlink(),
        lambda folder: (folder / "link").symlink_to("Dockerfile"),
        lambda folder: (folder / ".dockerignore").write_text("tests\n"),
    ],
)
def test_every_change_of_content_changes_the_tag(folder: Path, change: Callable[[Path], object]) -> None:
    """Content, name, place, executable bit."""
    before = digest(folder)
    change(folder)

    assert digest(folder) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: os.utime(folder / "Dockerfile", (0, 0)),
        lambda folder: (folder / "src/server.py").chmod(0o600),
        lambda folder: (folder / "src/__pycache__").mkdir(),
        lambda folder: (folder / "src/server.pyc").write_text("x"),
        lambda folder: (folder / "empty").mkdir(),
        lambda folder: (folder / "Dockerfile~").write_text("x"),
    ],
)
def test_nothing_else_does(folder: Path, change: Callable[[Path], object]) -> None:
    """Times, permissions of the group, and what tools leave behind."""
    (folder / "src/server.py").chmod(0o644)
    before = digest(folder)
    change(folder)

    assert digest(folder) == before


def test_contents_cannot_be_shifted_between_files(tmp_path: Path) -> None:
    """Two folders whose names and contents read the same in a row are still two folders."""
    for name, files in (("one", {"a": "bc"}), ("two", {"ab": "c"})):
        (tmp_path / name).mkdir()
        for file, content in files.items():
            (tmp_path / name / file).write_text(content)

    assert digest(tmp_path / "one") != digest(tmp_path / "two")


def test_links_are_not_followed(folder: Path) -> None:
    """What stands outside cannot come into an image, so it does not count; a link to itself ends nowhere."""
    outside = folder.parents[2] / "outside"
    outside.write_text("1")
    (folder / "out").symlink_to(outside)
    (folder / "loop").symlink_to(".")
    before = digest(folder)
    outside.write_text("2")

    assert digest(folder) == before


def test_each_folder_is_an_image(folder: Path) -> None:
    """Files beside them, and links to folders, are not."""
    images = folder.parent
    (images / "README.md").write_text("x")
    (images / "alias").symlink_to(folder)

    found = digests(images.parents[1])
    assert found == {"search": digest(folder)}
    assert len(found["search"]) == 16


def test_no_images_are_fine(tmp_path: Path) -> None:
    """A repository may have none."""
    assert digests(tmp_path) == {}
