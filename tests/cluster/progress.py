"""Progress: a line per step with its seconds, on the terminal while the tests run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from dataclasses import dataclass

import pytest

__all__ = ["Progress"]


@dataclass(frozen=True)
class Progress:
    """Writes past pytest's capture, so that one sees it even where nothing fails."""

    config: pytest.Config

    @contextlib.contextmanager
    def step(self, what: str) -> Generator[None]:
        began = time.monotonic()
        yield
        self.say(f"{time.monotonic() - began:6.1f} s  {what}")

    def say(self, line: str) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        capture = self.config.pluginmanager.get_plugin("capturemanager")
        if terminal and capture:
            with capture.global_and_fixture_disabled():
                terminal.ensure_newline()
                terminal.write_line(line)
