"""The script that makes tenants at LiteLLM, against a server that answers as LiteLLM's management API does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from groundwork.components.gateway.scripts import tenants


class LiteLLM(BaseHTTPRequestHandler):
    """Teams by id, keys by value; 404 for what is not there."""

    teams: dict[str, dict[str, Any]]
    keys: dict[str, dict[str, Any]]

    def do_GET(self) -> None:
        """Keys come two to a page."""
        if self.path == "/team/list":
            self._answer(200, list(self.teams.values()))
            return
        asked = parse_qs(urlsplit(self.path).query)
        assert asked["return_full_object"] == ["true"]
        keys, page = list(self.keys.values()), int(asked["page"][0])
        self._answer(200, {"keys": keys[2 * page - 2 : 2 * page], "total_pages": -(-len(keys) // 2)})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Authorization"] == "Bearer sk-master"
        self._answer(*getattr(self, self.path.strip("/").replace("/", "_"))(body))

    def team_update(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["team_id"] not in self.teams:
            return 404, {"error": "Team not found"}
        self.teams[body["team_id"]] |= body
        return 200, {}

    def team_new(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body.get("max_budget", 0) < 0:
            return 400, {"error": "max_budget must be non-negative"}
        self.teams[body["team_id"]] = body
        return 200, {}

    def team_block(self, body: dict[str, Any]) -> tuple[int, Any]:
        self.teams[body["team_id"]]["blocked"] = True
        return 200, {}

    def key_update(self, body: dict[str, Any]) -> tuple[int, Any]:
        return (200, {}) if body["key"] in self.keys else (404, {"error": "Key not found in database"})

    def key_delete(self, body: dict[str, Any]) -> tuple[int, Any]:
        gone = [value for value, key in self.keys.items() if key["key_alias"] in body["key_aliases"]]
        for value in gone:
            del self.keys[value]
        return (200, {}) if gone else (404, {"error": "No keys found"})

    def key_generate(self, body: dict[str, Any]) -> tuple[int, Any]:
        if body["key_alias"] in {key["key_alias"] for key in self.keys.values()}:
            return 400, {"error": "Key with alias already exists"}
        self.keys[body["key"]] = body
        return 200, {}

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - as its base
        """Say nothing."""

    def _answer(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


@pytest.fixture
def litellm(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[LiteLLM]]:
    """A LiteLLM of its own for each test."""
    handler = type("Handler", (LiteLLM,), {"teams": {}, "keys": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("LITELLM_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("LITELLM_MASTER_KEY", "sk-master")
    monkeypatch.setenv("KEY", "sk-first")
    yield handler
    server.shutdown()
    server.server_close()


def declare(folder: Path, *teams: dict[str, Any]) -> str:
    """A file with these teams and a key for each."""
    keys = [{"key_alias": f"tenant-{one['team_id']}", "team_id": one["team_id"], "from": "KEY"} for one in teams]
    file = folder / "tenants.json"
    file.write_text(json.dumps({"teams": teams, "keys": keys}))
    return str(file)


def test_running_twice_makes_nothing_twice(litellm: type[LiteLLM], tmp_path: Path) -> None:
    """Every sync runs it."""
    file = declare(tmp_path, {"team_id": "a", "max_budget": 5})

    tenants.main(file)
    tenants.main(declare(tmp_path, {"team_id": "a", "max_budget": 7}))

    assert litellm.teams["a"]["max_budget"] == 7
    assert list(litellm.keys) == ["sk-first"]


def test_a_rotated_key_replaces_the_old_one(
    litellm: type[LiteLLM], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old value opens nothing any more, and the alias is free for the new one."""
    tenants.main(declare(tmp_path, {"team_id": "a"}))
    monkeypatch.setenv("KEY", "sk-second")

    tenants.main(declare(tmp_path, {"team_id": "a"}))

    assert list(litellm.keys) == ["sk-second"]


def test_a_tenant_that_is_gone_is_blocked_and_let_in_again_when_it_returns(
    litellm: type[LiteLLM], tmp_path: Path
) -> None:
    """Removing its file takes its access, not the record of what it spent."""
    tenants.main(declare(tmp_path, {"team_id": "a"}))

    tenants.main(declare(tmp_path))
    assert litellm.teams["a"]["blocked"] is True

    tenants.main(declare(tmp_path, {"team_id": "a"}))
    assert litellm.teams["a"]["blocked"] is False


def test_a_key_that_nobody_declares_any_more_opens_nothing(litellm: type[LiteLLM], tmp_path: Path) -> None:
    """An agent's key has no team that could be blocked; it may stand on any page of the list."""
    for number in range(5):
        litellm.keys[f"sk-{number}"] = {"key_alias": f"person-{number}", "metadata": None}
    file = tmp_path / "tenants.json"
    file.write_text(json.dumps({"teams": [], "keys": [{"key_alias": "agent-research", "from": "KEY"}]}))
    tenants.main(str(file))
    assert "sk-first" in litellm.keys

    tenants.main(declare(tmp_path))

    assert {key["key_alias"] for key in litellm.keys.values()} == {f"person-{number}" for number in range(5)}


def test_teams_that_people_made_are_left_alone(litellm: type[LiteLLM], tmp_path: Path) -> None:
    """Only what carries our mark is ours."""
    litellm.teams["theirs"] = {"team_id": "theirs", "metadata": None}

    tenants.main(declare(tmp_path))

    assert "blocked" not in litellm.teams["theirs"]


def test_a_refusal_says_why_and_fails_the_job(litellm: type[LiteLLM], tmp_path: Path) -> None:
    """A budget that LiteLLM does not take must not pass for one that holds."""
    with pytest.raises(SystemExit, match="max_budget must be non-negative"):
        tenants.main(declare(tmp_path, {"team_id": "a", "max_budget": -1}))
    assert litellm.teams == {}
