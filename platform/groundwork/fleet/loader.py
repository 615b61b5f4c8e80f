"""Load everything that people declared: `fleet.yaml`, `clusters/`, `apps/`.

All problems of all files are found in one run: first each file for itself (`source`, `explain`), then what the files
say about one another (`references`, `carried`). A file that is broken still counts as there, so that one mistake is not
reported many times.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from groundwork.catalog.regions import regions
from groundwork.findings import Finding
from groundwork.fleet import carried, files, images, references
from groundwork.fleet.agent import Agent
from groundwork.fleet.cluster import Cluster
from groundwork.fleet.declaration import Declaration
from groundwork.fleet.declared import Declared, Entry
from groundwork.fleet.error import FleetError
from groundwork.fleet.explain import explain, label
from groundwork.fleet.model import Model
from groundwork.fleet.nouns import IMAGES, NOUNS
from groundwork.fleet.organisation import Organisation
from groundwork.fleet.pipeline import Pipeline
from groundwork.fleet.site import Fleet
from groundwork.fleet.source import Document, Pointer, finding
from groundwork.fleet.tenant import Tenant
from groundwork.fleet.tool import Tool

__all__ = ["FleetError", "load"]

T = TypeVar("T", bound=Declaration)

_INVALID = "declaration/invalid"
_WHY_NAME = "A file is found by its name; a thing that is called otherwise is found by nobody."
_WHY_TWICE = "One of the two would be dropped in silence."


def load(root: Path) -> Fleet:
    """Load and check the fleet of a repository.

    Raises:
        FleetError: something is wrong; carries every problem that was found.
    """
    findings: list[Finding] = []
    organisation = _validated(Organisation, files.organisation(root), findings)
    tags = _tags(root, findings)
    declared = Declared(images=None if tags is None else frozenset(tags))
    for noun in NOUNS:
        for document in files.documents(root, noun):
            if isinstance(document, Finding):
                findings.append(document)
                _note_unread(declared, noun, document)
            else:
                _declare(declared, noun, document, findings)
    findings.extend(files.stray_folders(root))
    findings.extend(references.check(declared))
    findings.extend(carried.check(declared))
    if findings or organisation is None or tags is None:
        raise FleetError(findings)
    return Fleet(
        organisation=organisation,
        clusters=declared.of(Cluster),
        models=declared.of(Model),
        agents=declared.of(Agent),
        tools=declared.of(Tool),
        tenants=declared.of(Tenant),
        pipelines=declared.of(Pipeline),
        regions=dict(regions()),
        images=tags,
    )


def _tags(root: Path, findings: list[Finding]) -> dict[str, str] | None:
    try:
        return images.digests(root)
    except OSError as error:
        file = Path(str(error.filename or root / IMAGES))
        path = (file.relative_to(root) if file.is_relative_to(root) else Path(IMAGES)).as_posix()
        fix = "Make it an ordinary file that you may read."
        findings.append(finding(path, f"cannot be read: {error.strerror or error}", fix=fix))
        return None


def _note_unread(declared: Declared, noun: str, problem: Finding) -> None:
    """What a misplaced file or folder would have declared counts as there, as with broken files."""
    if problem.path == NOUNS[noun].folder:
        declared.unread.add(noun)
    elif problem.path is not None:
        declared.names[noun].add(Path(problem.path).stem)


def _declare(declared: Declared, noun: str, document: Document, findings: list[Finding]) -> None:
    stem = Path(document.path).stem
    declared.names[noun].add(stem)
    thing = _validated(NOUNS[noun], document, findings)
    if thing is None:
        return
    if thing.name != stem:
        problem = f"`name` is '{thing.name}', but the file is called {stem}.yaml"
        fix = f"Rename the file to {thing.name}.yaml, or write `name: {stem}`."
        findings.append(document.wrong(("name",), problem, why=_WHY_NAME, fix=fix, rule=_INVALID))
        return
    declared.valid[noun][stem] = Entry(thing=thing, document=document)


def _validated(noun: type[T], document: Document, findings: list[Finding]) -> T | None:
    """What the document declares; None, and the reasons among the findings, if it is not valid."""
    before = len(findings)
    findings.extend(document.problems)
    if document.body is None:
        return None
    findings.extend(_repetitions(document, document.body, ()))
    try:
        thing = noun.model_validate(document.body, strict=True)
    except ValidationError as error:
        findings.extend(explain(error, noun, document))
        return None
    return thing if len(findings) == before else None


def _repetitions(document: Document, value: object, pointer: Pointer) -> Iterator[Finding]:
    """Names that stand twice in a list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _repetitions(document, inner, (*pointer, key))
    if not isinstance(value, tuple):
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        for name in item if isinstance(item, dict) else (item,):
            if isinstance(name, str) and name in seen:
                problem = f"'{name}' stands twice in {label(pointer)}"
                yield document.wrong((*pointer, index), problem, why=_WHY_TWICE, fix="Keep one of them.", rule=_INVALID)
            seen.add(str(name))
