"""The script that asks whether a cluster works, against a server that answers as gateway, kagent and Langfuse do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from groundwork.components.observability.scripts import smoke

MODELS, COMPLETION, EMBEDDING = "/v1/models", "/v1/chat/completions", "/v1/embeddings"
AGENT, TRACES = "/api/a2a/ai-agents/web-research", "/api/public/v2/observations"


def task(state: str, text: str) -> dict[str, Any]:
    """What an agent answers by A2A."""
    artifacts = [{"parts": [{"kind": "text", "text": text}]}]
    return {"jsonrpc": "2.0", "result": {"kind": "task", "status": {"state": state}, "artifacts": artifacts}}


GOOD: dict[str, dict[str, Any]] = {
    MODELS: {"data": [{"id": "large"}, {"id": "vllm/small"}, {"id": "vectors"}]},
    COMPLETION: {"choices": [{"message": {"content": None}}], "usage": {"completion_tokens": 16}},
    EMBEDDING: {"data": [{"embedding": [0.0] * 384}]},
    AGENT: task("completed", "ready"),
    TRACES: {"data": [{"traceId": "4bf9"}]},
}
ASKED: dict[str, Any] = {
    "seconds": 0,
    "models": ["large", "small", "vectors"],
    "answering": ["small"],
    "embedding": {"vectors": 384},
    "asleep": ["large"],
    "options": {"disable_fallbacks": True},
    "agent": "/ai-agents/web-research",
}


class Platform(BaseHTTPRequestHandler):
    """Answers by path: one answer, or a list of which the last stays. A number is an error of that status."""

    answers: dict[str, Any]
    questions: list[tuple[str, Any, str]]

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - as its base
        """Say nothing."""

    def _answer(self, body: Any) -> None:
        path = self.path.partition("?")[0]
        self.questions.append((path, body, self.headers.get("Authorization", "")))
        answer = self.answers[path]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        self.send_response(answer if isinstance(answer, int) else 200)
        self.end_headers()
        self.wfile.write(b"no such deployment" if isinstance(answer, int) else json.dumps(answer).encode())


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Platform]]:
    """A platform of its own for each test, on which all is well."""
    handler = type("Handler", (Platform,), {"answers": dict(GOOD), "questions": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    environment = {
        "MODEL_GATEWAY_URL": url,
        "MODEL_GATEWAY_KEY": "sk-smoke",
        "AGENTS_URL": f"{url}/api/a2a",
        "LANGFUSE_URL": url,
        "LANGFUSE_PUBLIC_KEY": "pk",
        "LANGFUSE_SECRET_KEY": "sk",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(smoke, "PAUSE", 0.01)
    yield handler
    server.shutdown()
    server.server_close()


def ask(folder: Path, **different: Any) -> None:
    """Run the script on a file."""
    file = folder / "asked.json"
    file.write_text(json.dumps(ASKED | different))
    smoke.main(str(file))


@pytest.mark.usefixtures("platform")
def test_a_platform_that_works_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each question; thinking counts as an answer."""
    ask(tmp_path)

    said = capsys.readouterr().out
    assert ["skip", "ok", "ok", "ok", "ok", "ok"] == [line.split()[0] for line in said.splitlines()]
    assert "completion of small: 16 tokens" in said
    assert "agent /ai-agents/web-research: ready" in said


def test_a_model_that_sleeps_is_not_woken(platform: type[Platform], tmp_path: Path) -> None:
    """It is listed, and nobody asks it anything."""
    ask(tmp_path)

    assert ["small", "vectors"] == [body["model"] for _, body, _ in platform.questions if body and "model" in body]


def test_no_other_model_may_stand_in(platform: type[Platform], tmp_path: Path) -> None:
    """Each system gets its own key."""
    ask(tmp_path)

    asked = {path: (body, key) for path, body, key in platform.questions}
    assert asked[COMPLETION][0]["disable_fallbacks"] is True
    assert "Bearer sk-smoke" == asked[COMPLETION][1]
    assert "" == asked[AGENT][1]
    assert asked[TRACES][1].startswith("Basic ")


def test_what_is_still_loading_is_asked_again(
    platform: type[Platform], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Until the time is up."""
    platform.answers[COMPLETION] = [503, 503, GOOD[COMPLETION]]

    ask(tmp_path, seconds=30)

    assert 2 == capsys.readouterr().out.count("wait  completion of small: 503 no such deployment")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({MODELS: {"data": [{"id": "small"}]}}, "FAIL  models: large, vectors missing; there are small"),
        ({MODELS: 401}, "FAIL  models: 401 no such deployment"),
        ({COMPLETION: 503}, "FAIL  completion of small: 503 no such deployment"),
        ({COMPLETION: {**GOOD[COMPLETION], "model": "vllm/large"}}, "FAIL  completion of small: large answered for it"),
        ({COMPLETION: {"choices": []}}, "FAIL  completion of small: no completion in"),
        ({EMBEDDING: {"data": [{"embedding": [0.0]}]}}, "FAIL  vector of vectors: a vector of 1 numbers, not of 384"),
        ({AGENT: task("failed", "model error")}, "FAIL  agent /ai-agents/web-research: failed"),
        ({AGENT: {"error": {"code": -32603, "message": "no route"}}}, 'no answer: {"code": -32603'),
        ({TRACES: {"data": []}}, "FAIL  trace in Langfuse: nothing since "),
        ({TRACES: {"items": []}}, "FAIL  trace in Langfuse: an answer of another shape (KeyError('data'))"),
    ],
)
def test_what_fails_is_named_and_the_rest_is_still_asked(
    platform: type[Platform], tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, Any], said: str
) -> None:
    """The Job fails with a line that says what to look at."""
    platform.answers |= changed

    with pytest.raises(SystemExit, match="1 of 5 failed"):
        ask(tmp_path)

    out = capsys.readouterr().out
    assert said in out
    assert 4 == out.count("ok    ")


def test_without_anything_awake_only_the_list_is_asked(platform: type[Platform], tmp_path: Path) -> None:
    """A cluster whose models all sleep is tested as far as that goes."""
    ask(tmp_path, answering=[], embedding={}, agent=None, asleep=["large", "small", "vectors"])

    assert [MODELS] == [path for path, _, _ in platform.questions]
