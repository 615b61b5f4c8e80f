"""Programs that are started for a test and gone after it, whatever happens: its end, a failure, Ctrl-C, a kill of the test."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Program", "free_port", "running"]

_PATIENCE = 120
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)


@dataclass(frozen=True)
class Program:
    """A program that runs. Its log holds all that it printed."""

    process: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait for that.

        Raises:
            RuntimeError: the program has ended; shows the last lines of its log.
            TimeoutError: it did not come about.
        """
        until = time.monotonic() + _PATIENCE
        while not ready():
            if self.process.poll() is not None:
                last = self.log.read_text(errors="replace").splitlines()[-5:]
                raise RuntimeError(f"{self.log.stem} has ended:\n" + "\n".join(last))
            if time.monotonic() > until:
                raise TimeoutError(f"{self.log.stem} was not ready within {_PATIENCE} s; see {self.log}")
            time.sleep(0.1)


@contextlib.contextmanager
def running(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> Generator[Program]:
    """A program in a session of its own, so that a Ctrl-C reaches it through us and not before us."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - no thread of ours holds a lock that this would want
        )
        try:
            yield Program(process, log)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _end_with_parent() -> None:
    """Linux kills it when the test is killed, which then ends nothing itself; elsewhere it outlives that."""
    if hasattr(_LIBC, "prctl"):
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
