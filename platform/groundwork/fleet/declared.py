"""What was declared so far: each thing with the file that it came from, for checks that look at several files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from groundwork.findings import Finding
from groundwork.fleet.declaration import Declaration
from groundwork.fleet.explain import did_you_mean, label
from groundwork.fleet.nouns import NOUNS, file_of
from groundwork.fleet.source import Document, Pointer

__all__ = ["Declared", "Entry"]

T_co = TypeVar("T_co", bound=Declaration, covariant=True)
D = TypeVar("D", bound=Declaration)

UNRESOLVED = "declaration/unresolved"
CONFLICT = "declaration/conflict"
_WHY_UNRESOLVED = "Nothing can be rendered for a name that nothing stands behind."
_WHY_CONFLICT = "Each file is right for itself, but together they cannot work."


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry(Generic[T_co]):
    """A valid declaration and its file."""

    thing: T_co
    document: Document

    def unresolved(self, pointer: Pointer, problem: str, fix: str, *, key: bool = False) -> Finding:
        """A name in this file that stands for nothing."""
        return self.document.wrong(pointer, problem, why=_WHY_UNRESOLVED, fix=fix, rule=UNRESOLVED, key=key)

    def conflict(
        self, pointer: Pointer, problem: str, fix: str, *, key: bool = False, why: str = _WHY_CONFLICT
    ) -> Finding:
        """Something in this file that does not go with other files."""
        return self.document.wrong(pointer, problem, why=why, fix=fix, rule=CONFLICT, key=key)


@dataclass(kw_only=True, slots=True)
class Declared:
    """All files of a repository. `names` holds the broken ones as well: a name in it stands for something.

    `unread` are the nouns whose folder could not be read at all: anything may be there. `images` are the folders of images,
    None where they could not be read.
    """

    images: frozenset[str] | None = frozenset()
    names: dict[str, set[str]] = field(default_factory=lambda: {noun: set() for noun in NOUNS})
    unread: set[str] = field(default_factory=set)
    valid: dict[str, dict[str, Entry[Declaration]]] = field(default_factory=lambda: {noun: {} for noun in NOUNS})

    def entries(self, kind: type[D]) -> dict[str, Entry[D]]:
        """The valid declarations of one type, by name."""
        noun = next(noun for noun, type_ in NOUNS.items() if type_ is kind)
        return cast("dict[str, Entry[D]]", self.valid[noun])

    def of(self, kind: type[D]) -> dict[str, D]:
        """The same without their files."""
        return {name: entry.thing for name, entry in self.entries(kind).items()}

    def missing(self, entry: Entry[Declaration], noun: str, places: Iterable[tuple[str, Pointer]]) -> Iterator[Finding]:
        """A finding for each name that no declaration of that noun bears."""
        for name, pointer in places:
            if name in self.names[noun] or noun in self.unread:
                continue
            hint = did_you_mean(name, self.names[noun])
            problem = f"{label(pointer[:1])}: no {noun} is called '{name}'{hint}"
            fix = f"Declare it in {file_of(noun, name)}, or name one that exists."
            yield entry.unresolved(pointer, problem, fix, key=pointer[-1] == name)
