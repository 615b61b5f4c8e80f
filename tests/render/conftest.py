"""Fixtures: a repository of one's own to render, break and kill."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from groundwork.render.synth import synth

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the declarations in an empty folder; code and package stay where they are."""
    return _declarations(tmp_path / "repository")


@pytest.fixture
def rendered(tmp_path: Path, _rendered_once: Path) -> Path:
    """The same, rendered, with its cache."""
    return Path(shutil.copytree(_rendered_once, tmp_path / "repository"))


@pytest.fixture(scope="session")
def _rendered_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = _declarations(tmp_path_factory.mktemp("rendered") / "repository")
    list(synth(folder))
    return folder


def _declarations(folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(ROOT / "fleet.yaml", folder)
    for name in ("apps", "clusters"):
        shutil.copytree(ROOT / name, folder / name)
    return folder
