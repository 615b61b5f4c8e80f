"""A running cluster, asked through kubectl: reads only, with whatever leave its user has."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundwork.live.programs import Run, run, while_running

__all__ = ["Kubectl", "Objects", "resource"]

_FORWARDED = re.compile(r"127\.0\.0\.1:(\d+)")
_SECONDS = 20

Objects = list[dict[str, Any]]


def resource(api_version: str, kind: str) -> str:
    """A kind as kubectl takes it, unmistakable: `nodepool.v1.karpenter.sh`."""
    group, _, version = api_version.rpartition("/")
    return f"{kind}.{version}.{group}".lower()


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl on a context, the current one unless named."""

    context: str | None = None

    def run(self, *arguments: str) -> Run:
        """One question."""
        return run("kubectl", *self._on_context, *arguments)

    def fetch(self, namespace: str, pod: str, port: int, path: str) -> Run:
        """What a pod serves. A forwarded port ends inside of the pod, where no NetworkPolicy and no missing program is in the way."""
        forward = ["port-forward", "--namespace", namespace, f"pod/{pod}", f":{port}"]
        with while_running("kubectl", *self._on_context, *forward) as said:
            found = _FORWARDED.search(said.output)
            if found is None:
                return Run(failure=said.failure or "kubectl forwards no port")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}{path}", timeout=_SECONDS) as answer:
                    return Run(output=answer.read().decode(errors="replace"))
            except OSError as error:
                return Run(failure=f"{pod}: {getattr(error, 'reason', error)}")

    @property
    def _on_context(self) -> list[str]:
        return ["--context", self.context] if self.context else []

    def objects(self, kind: str) -> tuple[Objects, str]:
        """All objects of a kind, and why there are none where they could not be asked for."""
        return _items(self.run("get", kind, "--all-namespaces", "--output=json"))

    def body(self, *arguments: str) -> Mapping[str, Any]:
        """The answer read as JSON; empty where it is none."""
        answer = self.run(*arguments).json()
        return answer if isinstance(answer, dict) else {}


def _items(done: Run) -> tuple[Objects, str]:
    body = done.json()
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list):
        return [], done.failure or "kubectl gave no answer that can be read"
    return [one for one in items if isinstance(one, dict)], ""
