"""Run a program of this machine for what it prints; what goes wrong is an answer as well."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

__all__ = ["Run", "run"]

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Run:
    """What a program printed, or in `failure` why it did not, in a few words."""

    output: str = ""
    failure: str = ""

    def json(self) -> Any:
        """The output read as JSON; None where it is none."""
        try:
            return json.loads(self.output)
        except ValueError:
            return None


def run(program: str, *arguments: str, seconds: int = _SECONDS) -> Run:
    """Run a program to its end. Nothing is raised: it may be missing, refuse, or hang."""
    if shutil.which(program) is None:
        return Run(failure=f"{program} is not on the PATH")
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, text=True, errors="replace", timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return Run(failure=f"{program} gave no answer within {seconds} s")
    except OSError as error:
        return Run(failure=f"{program} does not start: {error.strerror}")
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        return Run(failure=said[-1] if said else f"{program} ended with {done.returncode}")
    return Run(output=done.stdout)
