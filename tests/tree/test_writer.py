"""A folder is written whole or not at all, whenever the writer dies."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from groundwork.tree import writer
from groundwork.tree.writer import Written, interrupted, recover, write_folder

Files = dict[PurePosixPath, bytes]


def files(**contents: str) -> Files:
    """Files by name, "_" for "/" and ".yaml" behind."""
    return {PurePosixPath(name.replace("_", "/") + ".yaml"): text.encode() for name, text in contents.items()}


def held(folder: Path) -> Files:
    """What a folder holds."""
    return {
        PurePosixPath(file.relative_to(folder).as_posix()): file.read_bytes()
        for file in folder.rglob("*")
        if not file.is_dir()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A cluster's folder that does not exist yet."""
    return tmp_path / "generated" / "prod-us-east-1"


OLD = files(litellm_a="old", litellm_b="same", valkey_c="gone")
NEW = files(litellm_a="new", litellm_b="same", langfuse_d="fresh")


@pytest.fixture(params=["exchange", "two renames"])
def swapping(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of putting the new folder in place: Linux has a rename that exchanges, other systems have not."""
    if request.param == "two renames":
        monkeypatch.setattr(writer, "_exchange", lambda *_: False)
    return str(request.param)


def test_a_folder_is_made_with_exactly_its_files(folder: Path) -> None:
    """The first write makes every folder on the way."""
    written = write_folder(folder, OLD)

    assert OLD == held(folder)
    assert Written(written=3, unchanged=0, removed=0) == written


@pytest.mark.usefixtures("swapping")
def test_a_folder_is_replaced_by_exactly_its_files(folder: Path) -> None:
    """Changed files have their new content, files that are no longer rendered are gone, and nothing is left beside."""
    write_folder(folder, OLD)

    written = write_folder(folder, NEW)

    assert NEW == held(folder)
    assert Written(written=2, unchanged=1, removed=1) == written
    assert [folder] == list(folder.parent.iterdir())


def test_an_unchanged_file_is_the_same_file(folder: Path) -> None:
    """Editors and Git see by inode and time that nothing happened to it."""
    write_folder(folder, OLD)
    before = {path: (folder / path).stat() for path in OLD}

    write_folder(folder, NEW)

    after = (folder / "litellm/b.yaml").stat()
    same = before[PurePosixPath("litellm/b.yaml")]
    assert (same.st_ino, same.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert before[PurePosixPath("litellm/a.yaml")].st_ino != (folder / "litellm/a.yaml").stat().st_ino
    assert 1 == after.st_nlink


def test_writing_the_same_again_touches_nothing(folder: Path) -> None:
    """Not even the folder."""
    write_folder(folder, OLD)
    before = folder.stat()

    written = write_folder(folder, OLD)

    assert Written(written=0, unchanged=3, removed=0) == written
    assert (before.st_ino, before.st_mtime_ns) == (folder.stat().st_ino, folder.stat().st_mtime_ns)


def test_what_somebody_put_there_is_removed(folder: Path) -> None:
    """Whatever its name: the folder holds what is rendered and nothing else."""
    write_folder(folder, OLD)
    (folder / "notes").mkdir()
    (folder / "notes" / ".hidden").write_text("mine")
    (folder / "litellm" / "a.yaml").write_text("edited")

    written = write_folder(folder, OLD)

    assert OLD == held(folder)
    assert Written(written=1, unchanged=2, removed=1) == written


def test_a_file_can_become_a_folder_and_back(folder: Path) -> None:
    """The new tree owes nothing to the shape of the old one."""
    shapes: list[Files] = [
        {PurePosixPath("a"): b"file"},
        {PurePosixPath("a/b"): b"below"},
        {PurePosixPath("a"): b"file"},
    ]

    for shape in shapes:
        write_folder(folder, shape)

        assert shape == held(folder)


def test_no_files_leave_an_empty_folder(folder: Path) -> None:
    """A cluster that renders nothing holds nothing."""
    write_folder(folder, OLD)

    written = write_folder(folder, {})

    assert {} == held(folder)
    assert Written(written=0, unchanged=0, removed=3) == written


def test_other_clusters_are_left_alone(folder: Path) -> None:
    """Each cluster is written by itself."""
    write_folder(folder, OLD)
    write_folder(folder.with_name("dev"), NEW)

    write_folder(folder.with_name("dev"), OLD)

    assert OLD == held(folder)


def test_without_hard_links_unchanged_files_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every file system has them."""
    write_folder(folder, OLD)

    def refuse(*_: Any) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    write_folder(folder, NEW)

    assert NEW == held(folder)


def test_a_disk_that_refuses_leaves_the_old_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk in the middle of a write is an error, and nothing has happened."""
    write_folder(folder, OLD)
    write_bytes = Path.write_bytes

    def fill(path: Path, content: bytes) -> int:
        if content == b"fresh":
            raise OSError(28, "No space left on device")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(OSError, match="No space left"):
        write_folder(folder, NEW)

    assert OLD == held(folder)
    assert [] == interrupted(folder.parent)


def test_a_rename_that_is_refused_leaves_the_old_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`write_folder` promises that on an OSError the folder is as it was, without an exchanging rename too."""
    write_folder(folder, OLD)
    monkeypatch.setattr(writer, "_exchange", lambda *_: False)
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name.startswith(".staged-"):
            raise OSError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="Permission denied"):
        write_folder(folder, NEW)

    assert OLD == held(folder)


# Where a write can be when it dies: what then stands beside the clusters, by name, and what the cluster must be after.
STATES: dict[str, tuple[Mapping[str, Files], Files | None]] = {
    "staging the first folder ever": ({".staged-": files(litellm_a="ne")}, None),
    "staging, the old one in place": ({"": OLD, ".staged-": files(litellm_a="ne")}, OLD),
    "staged whole, before the swap": ({"": OLD, ".staged-": NEW}, OLD),
    "exchanged, the old one not yet cleared": ({"": NEW, ".staged-": OLD}, NEW),
    "exchanged, the old one half cleared": ({"": NEW, ".staged-": files(valkey_c="gone")}, NEW),
    "between the two renames": ({".replaced-": OLD, ".staged-": NEW}, OLD),
    "after the two renames": ({"": NEW, ".replaced-": OLD}, NEW),
    "after the two renames, half cleared": ({"": NEW, ".replaced-": files(valkey_c="gone")}, NEW),
}


@pytest.fixture(params=STATES)
def dead(request: pytest.FixtureRequest, folder: Path) -> Files | None:
    """A folder as a dead writer leaves it; what it must be after recovery."""
    left, after = STATES[request.param]
    for prefix, contents in left.items():
        for path, content in contents.items():
            file = folder.with_name(prefix + folder.name) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    return after


def test_an_interrupted_write_is_reported(dead: Files | None, folder: Path) -> None:
    """In every state that a dead writer can leave, by the cluster's name."""
    del dead

    assert ["prod-us-east-1"] == interrupted(folder.parent)


def test_recovery_gives_the_old_folder_or_the_new(dead: Files | None, folder: Path) -> None:
    """And leaves nothing beside it."""
    recover(folder.parent)

    assert dead == (held(folder) if folder.exists() else None)
    assert [] == interrupted(folder.parent)
    assert {folder} >= set(folder.parent.iterdir())


@pytest.mark.usefixtures("dead", "swapping")
def test_the_next_write_recovers_by_itself(folder: Path) -> None:
    """Whatever the last one left behind."""
    write_folder(folder, NEW)

    assert NEW == held(folder)
    assert [folder] == list(folder.parent.iterdir())


def test_nothing_is_interrupted_where_nothing_was_written(tmp_path: Path) -> None:
    """A repository before its first render."""
    recover(tmp_path / "generated")

    assert [] == interrupted(tmp_path / "generated")


# A writer that goes back and forth between two versions until it is killed; each file says which version it is of.
WRITER = """
import sys
from pathlib import Path, PurePosixPath
from groundwork.tree import writer
if sys.argv[2] == "two renames":
    writer._exchange = lambda *_: False
versions = [
    {PurePosixPath(f"c{n % 5}/{version}-{n}.yaml" if n % 3 else f"c{n % 5}/{n}.yaml"): version.encode() for n in range(30)}
    for version in ("old", "new")
]
writer.write_folder(Path(sys.argv[1]), versions[0])
print("ready", flush=True)
while True:
    for files in reversed(versions):
        writer.write_folder(Path(sys.argv[1]), files)
"""


@contextlib.contextmanager
def writing(folder: Path, swapping: str) -> Generator[subprocess.Popen[str], None, None]:
    """A process that writes the folder over and over, killed at the end with no chance to clean up."""
    command = [sys.executable, "-c", WRITER, str(folder), swapping]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "ready\n" == process.stdout.readline()
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("way", ["exchange", "two renames"])
@pytest.mark.parametrize("seed", range(10))
def test_a_killed_writer_leaves_the_old_folder_or_the_new(folder: Path, way: str, seed: int) -> None:
    """Never a mixture, at any of twenty moments; what it leaves beside is reported and cleared away."""
    moment = random.Random(f"{way} {seed}")
    with writing(folder, way):
        time.sleep(moment.uniform(0, 0.03))

    if way == "exchange":
        assert {b"old"} == set(held(folder).values()) or {b"new"} == set(held(folder).values())
    left = [one.name for one in folder.parent.iterdir() if one != folder]
    assert bool(left) == (interrupted(folder.parent) == [folder.name])
    recover(folder.parent)
    found = held(folder)
    assert 30 == len(found)
    assert 1 == len(set(found.values()))
    assert [folder] == list(folder.parent.iterdir())
