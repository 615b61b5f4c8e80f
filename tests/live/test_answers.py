"""Answers, told to people and to programs."""

from __future__ import annotations

import io
import json

import pytest

from groundwork.live.answers import Answer, Answers, State


def answers(*states: State) -> Answers:
    """One answer per state."""
    told = [
        Answer(topic="Things", claim=f"thing {number} is there", state=state, found="seen", fix="make it")
        for number, state in enumerate(states)
    ]
    return Answers(title="About things", cluster="dev", answers=told)


@pytest.mark.parametrize(
    ("states", "codes"),
    [
        ((State.TRUE, State.TRUE), (0, 0)),
        ((State.TRUE, State.OPEN), (0, 1)),
        ((State.TRUE, State.FALSE), (1, 1)),
    ],
)
def test_only_what_is_false_fails(states: tuple[State, ...], codes: tuple[int, int]) -> None:
    """Strictly, what is open does as well."""
    said = answers(*states)

    assert codes == (said.exit_code(strict=False), said.exit_code(strict=True))


def test_people_read_what_to_do_where_something_is_wrong() -> None:
    """What is as it should be has no fix."""
    out = io.StringIO()

    answers(State.TRUE, State.FALSE, State.OPEN).show(out)

    assert out.getvalue() == (
        "About things\n\nThings\n"
        "  ok    thing 0 is there: seen\n"
        "  FAIL  thing 1 is there: seen\n"
        "        fix: make it\n"
        "  open  thing 2 is there: seen\n"
        "        fix: make it\n"
        "\n1 ok, 1 failed, 1 open\n"
    )


def test_many_that_are_fine_are_told_shortly() -> None:
    """Every failure has its line."""
    out = io.StringIO()

    answers(*[State.TRUE] * 40, *[State.FALSE] * 40).show(out)

    assert "        and 35 more like these\n" in out.getvalue()
    assert 40 == out.getvalue().count("FAIL")


def test_text_from_outside_cannot_steer_the_terminal() -> None:
    """Programs print what they like."""
    out = io.StringIO()
    answer = Answer(topic="Things", claim="one", state=State.FALSE, found="\x1b[2Jgone")

    Answers(title="t", cluster="dev", answers=[answer]).show(out)

    assert "\x1b" not in out.getvalue()


def test_programs_read_counts_and_every_answer() -> None:
    """As JSON."""
    document = json.loads(json.dumps(answers(State.TRUE, State.FALSE).document()))

    assert {"true": 1, "false": 1, "open": 0} == document["counts"]
    assert ["true", "false"] == [one["state"] for one in document["answers"]]
