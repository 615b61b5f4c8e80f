"""An account: what one server needs and has, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from groundwork.findings import Finding, Rule
from groundwork.fleet.model import Model
from groundwork.proofs.fields import Pointer
from groundwork.proofs.fit.host import Need
from groundwork.proofs.fit.rules import CONTEXT, DECLARED
from groundwork.proofs.fit.servers import Server

__all__ = ["Account", "gib"]

_GI = 1024**3


@dataclass(kw_only=True)
class Account:
    """One server's. `sizes` are bytes of one device, or of the container where it computes on cores, by what they are for.

    "memory" is all of it, "usable" what the engine may take, "KV cache" what the other parts leave of that, and "declared" what the
    declared requests take of the cache.

    `requests` of `context` tokens fit at once, `wanted` are declared; `longest` is the longest context of which so many fit.
    Nothing of that is known where the server cannot be judged: `undecided` then says why.
    """

    server: Server
    model: Model | None = None
    runs_on: str = ""
    sizes: dict[str, int] = field(default_factory=dict)
    context: int | None = None
    requests: float | None = None
    wanted: int | None = None
    longest: int | None = None
    memory: Need | None = None
    shared: Need | None = None
    disk: Need | None = None
    undecided: str = ""
    findings: list[Finding] = field(default_factory=list)

    def breaks(self, rule: Rule, problem: str, pointer: Pointer, *, fix: str | None = None) -> None:
        """Note that the server breaks a rule."""
        told = f"{self.server.name}: {problem}"
        self.findings.append(
            self.server.pods.source.breaks(rule, told, pointer if self.server.pods.at else (), fix=fix)
        )

    def hold_to(self, model: Model, context: tuple[str, int | None], sequences: tuple[str, int | None]) -> None:
        """Hold what the server is told, each by its flag, against the declaration."""
        for (flag, told), wanted, noun in (
            (context, model.context, "tokens of context"),
            (sequences, model.concurrency, "requests at once"),
        ):
            if told != wanted:
                said = "is told no number of" if told is None else f"is started with {told}"
                problem = f"{said} {noun}, and {wanted} are declared"
                self.breaks(DECLARED, problem, self.server.place(flag))

    def too_long(self, context: int, positions: int, flag: str) -> None:
        """Note that the server is told more tokens than its model was made for."""
        problem = f"{context} tokens are more than the {positions} that the model was made for"
        self.breaks(CONTEXT, problem, self.server.place(flag), fix=f"Take at most {positions}.")

    @property
    def alone(self) -> Iterator[Finding]:
        """Its findings, each once."""
        yield from dict.fromkeys(self.findings)


def gib(size: float) -> str:
    """Bytes for people, in GiB."""
    return f"{size / _GI:.2f}".removesuffix("0").removesuffix(".0") + " GiB"
