"""Programs of this machine, run for what they print."""

from __future__ import annotations

from groundwork.live.programs import Run, run
from tests.live.programs import Programs, Refused


def test_what_a_program_prints_is_its_answer(programs: Programs) -> None:
    """As text, or read as JSON."""
    programs.add("aws", {"sts": {"Account": "1"}})

    assert {"Account": "1"} == run("aws", "sts").json()


def test_what_goes_wrong_is_an_answer_as_well(programs: Programs) -> None:
    """Missing, refusing, and saying nothing that can be read."""
    programs.add("aws", {"sts": Refused("An error\nAccessDenied"), "s3": "<html>"})

    assert Run(failure="kubectl is not on the PATH") == run("kubectl", "get")
    assert "AccessDenied" == run("aws", "sts").failure
    assert run("aws", "s3").json() is None


def test_a_program_that_hangs_is_given_up(programs: Programs) -> None:
    """So is one that is no program."""
    (programs.folder / "slow").write_text("#!/bin/sh\nexec /bin/sleep 30\n")
    (programs.folder / "slow").chmod(0o755)
    (programs.folder / "text").write_text("#!/no/such/shell\n")
    (programs.folder / "text").chmod(0o755)

    assert "slow gave no answer within 1 s" == run("slow", seconds=1).failure
    assert run("text").failure.startswith("text does not start: ")
