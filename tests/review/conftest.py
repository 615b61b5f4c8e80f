"""Fixtures: a small tree and a folder for waivers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.review.shop import FILES, write


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of three objects."""
    folder = tmp_path / "generated"
    for path, text in FILES.items():
        write(folder, path, text)
    return folder


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A folder for waivers, without policies."""
    folder = tmp_path / "policies"
    folder.mkdir()
    return folder
