"""Every file of a tree is listed, and what cannot be read is said without touching it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from groundwork.tree.files import Listed, files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A tree with two files."""
    (tmp_path / "dev/app/web").mkdir(parents=True)
    (tmp_path / "dev/app/web/Service.web.yaml").write_text("kind: Service\n")
    (tmp_path / "dev/app.md").write_text("")
    return tmp_path


def problem(root: Path, path: str) -> str:
    """What is said about one path."""
    (listed,) = (one for one in files(root, "dev") if one.path == path)
    return listed.problem


def test_files_are_listed_with_their_size_in_order(root: Path) -> None:
    """Folders of one name stand before files that begin with it."""
    assert [Listed("dev/app/web/Service.web.yaml", 14), Listed("dev/app.md")] == files(root, "dev")


def test_a_link_is_not_followed(root: Path) -> None:
    """Neither one that leads in circles, nor one that leads nowhere or out of the tree."""
    for name, target in (
        ("loop", "../.."),
        ("self.yaml", "self.yaml"),
        ("lost.yaml", "lost"),
        ("out.yaml", "/etc/hosts"),
    ):
        (root / "dev/app/web" / name).symlink_to(target)

        assert problem(root, f"dev/app/web/{name}").startswith("a symbolic link")
    assert 6 == len(files(root, "dev"))


def test_a_linked_cluster_is_not_followed(root: Path) -> None:
    """It would be read twice."""
    (root / "prod").symlink_to("dev")

    assert ["prod"] == [one.path for one in files(root, "prod") if one.problem]
    assert 1 == len(files(root, "prod"))


def test_a_pipe_is_not_opened(root: Path) -> None:
    """Reading it would wait for ever."""
    os.mkfifo(root / "dev/app/web/Service.pipe.yaml")

    assert problem(root, "dev/app/web/Service.pipe.yaml") == "a pipe or a device, not a file"


def test_a_folder_called_like_a_file_is_said_and_read(root: Path) -> None:
    """What stands in it is listed as well."""
    (root / "dev/app/web/Service.odd.yaml").mkdir()
    (root / "dev/app/web/Service.odd.yaml/inner.yaml").write_text("")

    assert problem(root, "dev/app/web/Service.odd.yaml") == "a folder where a file should be"
    assert problem(root, "dev/app/web/Service.odd.yaml/inner.yaml") == ""


def test_a_name_that_is_not_utf_8_is_said(root: Path) -> None:
    """It could not be printed."""
    (root / "dev/app/web" / os.fsdecode(b"Service.\xff.yaml")).write_text("")

    assert problem(root, "dev/app/web/Service.\ufffd.yaml") == "a file whose name is not UTF-8"


def test_a_folder_that_cannot_be_read_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the suite may be root, who can read everything: the system's answer stands in."""
    listing = os.scandir

    def refusing(path: Path) -> object:
        if path.name == "web":
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(os, "scandir", refusing)

    assert problem(root, "dev/app/web") == "a folder that cannot be read: Permission denied"


def test_folders_may_nest_deeper_than_the_stack(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path has room for two thousand of them."""
    monkeypatch.chdir(root / "dev")
    for _ in range(1500):
        Path("d").mkdir()
        os.chdir("d")
    Path("x.yaml").write_text("")

    try:
        assert any(one.path.endswith("d/x.yaml") for one in files(root, "dev"))
    finally:
        subprocess.run(["rm", "-r", root / "dev/d"], check=True)  # pytest's own cleaning goes a call deeper per folder
