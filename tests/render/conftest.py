"""Fixtures: a repository of one's own to render, break and kill."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A copy of the declarations in an empty folder; code and package stay where they are."""
    folder = tmp_path / "repository"
    folder.mkdir()
    shutil.copy(ROOT / "fleet.yaml", folder)
    for name in ("apps", "clusters"):
        shutil.copytree(ROOT / name, folder / name)
    return folder
