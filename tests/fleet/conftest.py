"""A repository of declarations for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.repository import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A valid repository, to be edited."""
    return Repository(tmp_path)
