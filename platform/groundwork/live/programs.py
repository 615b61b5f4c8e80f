"""Run a program of this machine for what it prints; what goes wrong is an answer as well."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import threading
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

__all__ = ["Run", "run", "while_running"]

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
        return Run(failure=_last_line(done.stderr or done.stdout) or f"{program} ended with {done.returncode}")
    return Run(output=done.stdout)


@contextlib.contextmanager
def while_running(program: str, *arguments: str, seconds: int = _SECONDS) -> Generator[Run, None, None]:
    """Run a program that goes on: its first line is the answer, and it is ended with the block, or after so many seconds."""
    if shutil.which(program) is None:
        yield Run(failure=f"{program} is not on the PATH")
        return
    with subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as going:
        limit = threading.Timer(seconds, going.kill)
        limit.start()
        try:
            line = going.stdout.readline() if going.stdout else ""
            if line:
                yield Run(output=line)
            else:
                yield Run(failure=_last_line(going.stderr.read() if going.stderr else "") or f"{program} said nothing")
        finally:
            limit.cancel()
            going.kill()


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
