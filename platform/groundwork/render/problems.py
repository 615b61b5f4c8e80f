"""What is wrong with the input, told to people: sentences and exit code 2, no traceback. A bug keeps its own."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator

from groundwork.fleet.error import FleetError

__all__ = ["report_problems"]


@contextlib.contextmanager
def report_problems() -> Generator[None, None, None]:
    """Turn what is wrong with the input into messages and exit code 2."""
    try:
        yield
    except FleetError as error:
        for finding in error.findings:
            _say(f"{finding}\n    {finding.fix}")
        _say(f"{len(error.findings)} problem(s) in the declarations; generated/ is untouched.")
        sys.exit(2)
    except (LookupError, ValueError, OSError) as error:
        if not _is_ours(error):
            raise
        _say(f"error: {error}")
        sys.exit(2)


def _is_ours(error: Exception) -> bool:
    """Whether the message was written for people: ours are sentences, Python's own are keys and fragments."""
    return isinstance(error, OSError) or " " in str(error)


def _say(text: str) -> None:
    print(text, file=sys.stderr)
