"""A cluster for tests: `kubectl` is a program that answers from files, at first what a healthy cluster would say of its tree."""

from __future__ import annotations

import copy
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from groundwork.catalog.conditions import contentment
from groundwork.live.kubectl import resource
from groundwork.tree.manifest import Manifest
from groundwork.tree.reader import Tree

__all__ = ["Cluster"]

# What is asked without `get`: the file that answers.
_KUBECTL = f"""#!{sys.executable} -I
import http.server, pathlib, sys
words = sys.argv[1:]
if words[0] == "--context":
    words = words[2:]
name = words[1] if words[0] == "get" else words[0]
file = pathlib.Path({{folder!r}}, name + ".json")
if not file.exists():
    sys.exit(f'error: the server does not have a resource type "{{{{name}}}}"' if words[0] == "get" else f"no {{{{name}}}} here")
if words[0] != "port-forward":
    sys.stdout.write(file.read_text())
    sys.exit()

class Pod(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(file.read_bytes())

    def log_message(self, *_):
        pass

with http.server.HTTPServer(("127.0.0.1", 0), Pod) as server:
    print(f"Forwarding from 127.0.0.1:{{{{server.server_port}}}} -> 9090", flush=True)
    server.serve_forever()
"""


class Cluster:
    """What kubectl answers, by question. A test changes an answer, then asks."""

    def __init__(self, tree: Tree, name: str, programs: Path) -> None:
        self._folder = programs / "answers"
        self._folder.mkdir()
        program = programs / "kubectl"
        program.write_text(_KUBECTL.format(folder=str(self._folder)))
        program.chmod(0o755)
        arn = f"arn:aws:eks:us-east-2:111122223333:cluster/{name}"
        self.answer("config", {"clusters": [{"name": arn}]})
        self.answer("version", {"serverVersion": {"gitVersion": "v1.35.2-eks-1234567"}})
        self.answer("port-forward", {"data": {"activeTargets": []}})
        kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in tree:
            if one.cluster == name:
                kinds[resource(one.api_version, one.kind)].append(_content(one))
        for extra in ("daemonsets.apps", "nodes", "pods", "policyendpoints.networking.k8s.aws"):
            kinds[extra] = []
        kinds["policyendpoints.networking.k8s.aws"] = [{"metadata": {"name": "valkey-x7k2p"}}]
        for kind, bodies in kinds.items():
            self.answer(kind, {"items": bodies})

    def answer(self, question: str, body: Any) -> None:
        """What a question is answered with from now on."""
        (self._folder / f"{question}.json").write_text(body if isinstance(body, str) else json.dumps(body))

    def refuse(self, question: str) -> None:
        """The API server refuses this question from now on."""
        (self._folder / f"{question}.json").unlink()

    def items(self, kind: str) -> list[dict[str, Any]]:
        """The objects of a kind, to be changed and given back."""
        items: list[dict[str, Any]] = json.loads((self._folder / f"{kind}.json").read_text())["items"]
        return items

    def change(self, kind: str, name: str, status: dict[str, Any] | None) -> None:
        """Give one object another status; None takes the object away."""
        kept = [one for one in self.items(kind) if status is not None or one["metadata"]["name"] != name]
        for one in kept:
            if one["metadata"]["name"] == name and status is not None:
                one["status"] = status
        self.answer(kind, {"items": kept})


def _content(one: Manifest) -> dict[str, Any]:
    """The object with a status that its controller gives it once all is well."""
    body = copy.deepcopy(one.body)
    if one.kind == "Job":
        body["status"] = _conditions("Complete")
    elif says := contentment(one.group, one.kind):
        body["status"] = _conditions(*says.holds)
        if says.parents:
            body["status"]["parents"] = [_conditions(*says.parents)]
        for path, values in says.fields.items():
            _set(body, path.split("."), values[0])
        for path, other in says.equal.items():
            _set(body, path.split("."), body["spec"].get(other.rpartition(".")[2], 0))
    return body


def _conditions(*names: str) -> dict[str, Any]:
    return {"conditions": [{"type": name, "status": "True"} for name in names]}


def _set(body: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        body = body.setdefault(key, {})
    body[path[-1]] = value
