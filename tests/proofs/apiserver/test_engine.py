"""Engine: the CEL engine is there without the command line that its package brings along."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("first", ["groundwork.proofs.apiserver.engine", "cel"])
def test_the_engine_works_whoever_imports_it_first(first: str) -> None:
    """No prompt toolkit is loaded for a check, and the real command line can still be imported afterwards."""
    script = f"""
import importlib, sys
importlib.import_module({first!r})
from groundwork.proofs.apiserver import engine
assert engine.compile("1 + 1").execute({{}}) == 2
assert {first!r} == "cel" or "prompt_toolkit" not in sys.modules
import cel.cli
assert cel.cli.__file__
"""

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.returncode == 0
