"""Fixtures: programs that answer from a table instead of asking AWS or a cluster."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.programs import Programs


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """A PATH with nothing on it but what a test puts there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return Programs(folder)
