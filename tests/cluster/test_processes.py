"""Programs end with the test that started them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.cluster.conftest import ROOT
from tests.cluster.processes import running

_STARTS_ONE = """
import sys
from pathlib import Path
from tests.cluster.processes import running
with running(["sleep", "600"], Path(sys.argv[1])) as program:
    print(program.process.pid, flush=True)
    program.process.wait()
"""


def test_a_program_ends_with_its_block(tmp_path: Path) -> None:
    """Also where the block fails."""
    with pytest.raises(ZeroDivisionError), running(["sleep", "600"], tmp_path / "sleep.log") as program:
        raise ZeroDivisionError

    assert not psutil.pid_exists(program.process.pid)


def test_a_program_ends_with_a_killed_test(tmp_path: Path) -> None:
    """Nobody is left who could end it."""
    test = subprocess.Popen(
        [sys.executable, "-c", _STARTS_ONE, tmp_path / "sleep.log"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert test.stdout
    program = psutil.Process(int(test.stdout.readline()))
    test.kill()
    test.communicate()

    assert program.wait(timeout=5) is None


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    """The last lines of its log are the error."""
    with (
        running(["sh", "-c", "echo no such option; exit 2"], tmp_path / "sh.log") as program,
        pytest.raises(RuntimeError, match="no such option"),
    ):
        program.wait_until(lambda: False)
