"""Programs of this machine: there, and of a version that will do."""

from __future__ import annotations

import pytest

from groundwork.live.answers import Answer, State
from groundwork.live.machine import machine
from tests.live.programs import Programs

GOOD = {
    "aws": "aws-cli/2.31.4 Python/3.13.7 Linux/6.8.0 exe/x86_64.ubuntu.24",
    "eksctl": "0.230.0",
    "kubectl": '{"clientVersion": {"gitVersion": "v1.36.1"}}',
    "helm": "v3.22.2+g1234567",
    "docker": "github.com/docker/buildx v0.29.1 a32761aeb3debd39be1eca514af3693af0db334b",
    "openssl": "OpenSSL 3.0.19 27 Jan 2026",
}


def answers(programs: Programs, **installed: str) -> dict[str, Answer]:
    """What is said of each program, with these installed."""
    for name, output in installed.items():
        programs.add(name, {"": output})
    return {one.claim.split()[0]: one for one in machine("1.35")}


def test_versions_that_will_do_are_fine(programs: Programs) -> None:
    """Newer ones of the same major version, and a kubectl that is one minor version away."""
    said = answers(programs, **GOOD)

    assert {State.TRUE} == {one.state for one in said.values()}
    assert "1.36.1" == said["kubectl"].found


@pytest.mark.parametrize(
    ("name", "output", "found"),
    [
        ("aws", "aws-cli/1.45.11 Python/3.12", "this machine has 1.45.11"),
        ("eksctl", "0.229.9", "this machine has 0.229.9"),
        ("helm", "v4.0.1+gabc", "this machine has 4.0.1"),
        ("kubectl", '{"clientVersion": {"gitVersion": "v1.33.0"}}', "this machine has 1.33.0"),
        ("eksctl", "unknown", "`eksctl version` gives no version"),
    ],
)
def test_a_version_that_will_not_do_is_named(programs: Programs, name: str, output: str, found: str) -> None:
    """With where to get another."""
    said = answers(programs, **GOOD | {name: output})[name]

    assert (State.FALSE, found) == (said.state, said.found)
    assert said.fix.startswith("install it: ")


def test_a_program_that_is_missing_is_named(programs: Programs) -> None:
    """Any version of it would do."""
    said = answers(programs)

    assert "openssl is not on the PATH" == said["openssl"].found
    assert {State.FALSE} == {one.state for one in said.values()}
