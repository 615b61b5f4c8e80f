"""Whether what the tree declares is there, and whether its controllers are content with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from groundwork.catalog.conditions import Contentment, contentment
from groundwork.live.answers import Answer, State
from groundwork.live.kubectl import Kubectl, resource
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

__all__ = ["health", "problem"]

_TOPIC = "What the tree declares"
_HOOK = "argocd.argoproj.io/hook"
_AT_ONCE = 6

Status = Mapping[str, Any]


def health(tree: Tree, cluster: str, kubectl: Kubectl) -> Iterator[Answer]:
    """One answer per kind whose objects are all content, and one for each object that is not."""
    kinds: dict[tuple[str, str], list[Manifest]] = defaultdict(list)
    for one in tree:
        wanted = one.synced or one.kind == "Application"
        if one.cluster == cluster and wanted and contentment(one.group, one.kind) and _HOOK not in one.annotations:
            kinds[one.api_version, one.kind].append(one)
    asked = sorted(kinds, key=_as_people_look)
    with ThreadPoolExecutor(_AT_ONCE) as questions:
        answers = questions.map(lambda key: kubectl.objects(resource(*key)), asked)
        for key, (objects, failure) in zip(asked, answers, strict=True):
            yield from _kind(kinds[key], objects, failure)


def problem(body: Status, says: Contentment) -> str:
    """Why an object is not content, in a few words; empty where it is."""
    status = body.get("status")
    status = status if isinstance(status, dict) else {}
    return next(_problems(body, status, says), "")


def _as_people_look(key: tuple[str, str]) -> tuple[bool, str]:
    """Applications first: they hold up everything else."""
    return key[1] != "Application", key[1]


def _kind(declared: Sequence[Manifest], objects: Sequence[Mapping[str, Any]], failure: str) -> Iterator[Answer]:
    first = declared[0]
    says = contentment(first.group, first.kind)
    if says is None:
        return
    if failure:
        claim = f"{len(declared)} of {first.kind}"
        yield Answer(topic=_TOPIC, claim=claim, state=State.OPEN, found=failure, fix="may you read them at all?")
        return
    there = {_name(body): body for body in objects}
    wrong = 0
    for one in sorted(declared, key=lambda one: (one.namespace, one.name)):
        body = there.get((one.namespace, one.name))
        found = problem(body, says) if body else "it is not there"
        if found:
            wrong += 1
            then = says.then.format(name=one.name, namespace=one.namespace)
            yield Answer(topic=_TOPIC, claim=_claim(one), state=State.FALSE, found=found, fix=then)
    if fine := len(declared) - wrong:
        yield Answer(topic=_TOPIC, claim=f"{first.kind}: {fine} of {len(declared)} as they must be", state=State.TRUE)


def _claim(one: Manifest) -> str:
    return f"{one.kind} {one.namespace}/{one.name}" if one.namespace else f"{one.kind} {one.name}"


def _name(body: Mapping[str, Any]) -> tuple[str, str]:
    metadata = body.get("metadata") or {}
    return metadata.get("namespace") or "", metadata.get("name") or ""


def _problems(body: Status, status: Status, says: Contentment) -> Iterator[str]:
    for path, allowed in says.fields.items():
        value = _at(body, path)
        if value not in allowed:
            yield f"{path.rpartition('.')[2]} is {value or 'not known yet'}" + _message(status)
    for path, other in says.equal.items():
        value, wanted = _at(body, path) or 0, _at(body, other) or 0
        if value != wanted:
            yield f"{value} of {wanted} ready"
    yield from _untrue(status, says.holds)
    parents = [one for one in status.get("parents") or () if isinstance(one, dict)]
    if says.parents and not parents:
        yield "no Gateway has taken it"
    for parent in parents:
        yield from _untrue(parent, says.parents)
    for reports in (status, *parents, *(status.get("ancestors") or ())):
        for condition in _conditions(reports).values():
            if condition.get("type") in says.refused and condition.get("status") == "False":
                yield _said(condition)


def _untrue(reports: Status, wanted: Sequence[str]) -> Iterator[str]:
    conditions = _conditions(reports)
    for name in wanted:
        condition = conditions.get(name)
        if condition is None:
            yield f"{name} is not known yet"
        elif condition.get("status") != "True":
            yield _said(condition)


def _conditions(reports: Any) -> dict[str, Status]:
    listed = reports.get("conditions") if isinstance(reports, dict) else None
    return {str(one.get("type")): one for one in listed or () if isinstance(one, dict)}


def _said(condition: Status) -> str:
    said = condition.get("message") or condition.get("reason") or ""
    return f"{condition.get('type')} is {condition.get('status')}" + (f": {_short(said)}" if said else "")


def _message(status: Status) -> str:
    """What Argo CD says about it: of the last operation, or of the health."""
    said = _at({"status": status}, "status.operationState.message") or _at({"status": status}, "status.health.message")
    return f": {_short(str(said))}" if said else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:200]}..."


def _at(body: Any, path: str) -> Any:
    for key in path.split("."):
        body = body.get(key) if isinstance(body, dict) else None
    return body
