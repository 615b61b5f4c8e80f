"""An edit: one small change of one object of the tree, and the operators that propose them."""

from __future__ import annotations

import copy
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from groundwork.proofs.fields import Pointer, value_at
from groundwork.tree.manifest import Manifest

__all__ = ["GONE", "Claim", "Edit", "Operator", "add", "change", "delete", "drop", "operator", "operators"]

# Which gate says that it finds this: references, policies, or a proof that is still to come.
Claim = Literal["references", "placement", "fit", "quota", "policies", "later"]


class _Gone:
    """What an edit takes away."""

    def __repr__(self) -> str:
        return "nothing"

    def __reduce__(self) -> str:
        # There is one, in other processes too: they tell it by identity.
        return "GONE"


GONE = _Gone()


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Put `new` at `pointer`; `GONE` takes the field, or with an empty pointer the whole object, away."""

    pointer: Pointer
    new: Any

    def apply(self, manifest: Manifest) -> Manifest | None:
        """The changed object; None where it is gone. The original is left as it is."""
        if not self.pointer:
            return None
        body = copy.deepcopy(manifest.body)
        parent: Any = value_at(body, *self.pointer[:-1])
        step = self.pointer[-1]
        if self.new is GONE:
            del parent[step]
        elif _is_end(parent, step):
            parent.append(copy.deepcopy(self.new))
        else:
            parent[step] = copy.deepcopy(self.new)
        return Manifest(manifest.cluster, manifest.component, manifest.path, body)


def _is_end(parent: object, step: str | int) -> bool:
    return isinstance(parent, list) and step == len(parent)


Propose = Callable[[Manifest], Iterator[Edit]]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A way to break objects. `propose` yields every place of an object where it applies."""

    name: str
    area: str
    claim: Claim
    kinds: frozenset[str]
    propose: Propose

    def edits(self, manifest: Manifest) -> Iterator[Edit]:
        """Its edits of an object."""
        if not self.kinds or manifest.kind in self.kinds:
            yield from self.propose(manifest)


_OPERATORS: dict[str, Operator] = {}


def operator(claim: Claim, *kinds: str) -> Callable[[Propose], Propose]:
    """Make a function an operator: of these kinds of objects, or of all."""

    def register(propose: Propose) -> Propose:
        name, area = propose.__name__, propose.__module__.rpartition(".")[2]
        assert name not in _OPERATORS, f"two operators are called {name}"
        _OPERATORS[name] = Operator(name=name, area=area, claim=claim, kinds=frozenset(kinds), propose=propose)
        return propose

    return register


def operators() -> Mapping[str, Operator]:
    """Every operator, by name."""
    package = importlib.import_module("tests.mutants.operators")
    for module in sorted(one.name for one in pkgutil.iter_modules(package.__path__)):
        importlib.import_module(f"{package.__name__}.{module}")
    return dict(sorted(_OPERATORS.items()))


def change(pointer: Pointer, new: Any) -> Edit:
    """Another value in the place of one."""
    return Edit(pointer=pointer, new=new)


def drop(pointer: Pointer) -> Edit:
    """A field less."""
    return Edit(pointer=pointer, new=GONE)


def add(pointer: Pointer, new: Any) -> Edit:
    """A field more."""
    return Edit(pointer=pointer, new=new)


def delete() -> Edit:
    """An object less."""
    return Edit(pointer=(), new=GONE)
