"""Answers: what was asked of the world outside, what it said, and what to do where that is not what must be true."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any

from rich.console import Console
from rich.text import Text

from groundwork.fleet.source import printable

__all__ = ["Answer", "Answers", "State"]


class State(StrEnum):
    """`open` is what could not be asked, or what nobody can know yet."""

    TRUE = "true"
    FALSE = "false"
    OPEN = "open"


_SIGNS = {State.TRUE: ("ok", "green"), State.FALSE: ("FAIL", "bold red"), State.OPEN: ("open", "yellow")}
_MANY = 5


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One thing that must be true.

    `found` is what was seen instead, or what there is; `fix` is what to do where it is not true.
    """

    topic: str
    claim: str
    state: State
    found: str = ""
    fix: str = ""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """All answers for one cluster, in the order in which somebody would look."""

    title: str
    cluster: str
    answers: Sequence[Answer]

    def count(self, state: State) -> int:
        """How many answers are of that kind."""
        return Counter(one.state for one in self.answers)[state]

    def exit_code(self, *, strict: bool) -> int:
        """0 where nothing is false, 1 where something is; strictly, what is open counts too."""
        return int(self.count(State.FALSE) > 0 or (strict and self.count(State.OPEN) > 0))

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "version": 1,
            "cluster": self.cluster,
            "counts": {str(state): self.count(state) for state in State},
            "answers": [dataclasses.asdict(one) for one in self.answers],
        }

    def show(self, out: IO[str]) -> None:
        """For people. It is coloured on a terminal unless NO_COLOR is set, and elsewhere if FORCE_COLOR is."""
        console = Console(file=out, highlight=False, soft_wrap=True)
        plain = console.color_system is None or console.no_color
        for line in self._lines():
            if plain:
                out.write(f"{line.plain}\n")
            else:
                console.print(line)

    def _lines(self) -> Iterator[Text]:
        yield Text(self.title, "bold")
        for topic, group in itertools.groupby(self.answers, key=lambda one: one.topic):
            yield Text()
            yield Text(topic, "bold")
            for (state, _, _), alike in itertools.groupby(group, key=_likeness):
                yield from _told(list(alike), *_SIGNS[state])
        yield Text()
        worst = next((one for one in (State.FALSE, State.OPEN) if self.count(one)), State.TRUE)
        counts = f"{self.count(State.TRUE)} ok, {self.count(State.FALSE)} failed, {self.count(State.OPEN)} open"
        yield Text(counts, _SIGNS[worst][1])


def _likeness(answer: Answer) -> tuple[State, str, str]:
    """Neighbours that say the same of several things are told together; what failed has its own line."""
    return answer.state, answer.claim if answer.state is State.FALSE else "", answer.found


def _told(alike: list[Answer], sign: str, colour: str) -> Iterator[Text]:
    for index, one in enumerate(alike):
        if index == _MANY and len(alike) > _MANY + 1 and one.state is State.TRUE:
            yield Text.assemble(("        ", ""), (f"and {len(alike) - index} more like these", "dim"))
            return
        line = Text.assemble((f"  {sign:<6}", colour), printable(one.claim))
        if one.found and index == 0:
            line.append(f": {printable(one.found)}", "" if one.state is State.FALSE else "dim")
        yield line
        if one.fix and one.state is not State.TRUE and one.fix != (alike[index - 1].fix if index else None):
            yield Text.assemble(("        fix: ", "blue"), printable(one.fix))
