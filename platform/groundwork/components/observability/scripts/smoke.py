"""Ask a cluster whether it works, from inside: models answer, an agent answers, and Langfuse has seen it.

Runs after each sync. Each question is asked again until it is answered as it must be, or until the time is up: what was just
synced may still be loading. Reads what to ask from the file that it is given, keys from the environment. Uses nothing but the
standard library.
"""

import base64
import datetime as dt
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

PAUSE = 10
# A completion that thinks first says nothing in so few tokens: that it counts them is enough.
TOKENS = 16


class Refused(Exception):  # noqa: N818 - it is what happened, not a mistake of ours
    """An answer that is not what it must be."""


def call(url: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> Any:
    """What a URL answers, as JSON.

    Raises:
        Refused: it does not answer, or not with JSON.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})  # noqa: S310 - http, in the cluster
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - as above
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise Refused(f"{error.code} {error.read().decode(errors='replace')[:300]}") from None
    except (OSError, ValueError) as error:
        raise Refused(str(error)) from None


def models_listed(gateway: str, key: dict[str, str], expected: list[str]) -> str:
    """The gateway offers every model that the cluster carries."""
    found = {_bare(one["id"]) for one in call(f"{gateway}/v1/models", key)["data"]}
    missing = sorted({*expected} - found)
    if missing:
        raise Refused(f"{', '.join(missing)} missing; there are {', '.join(sorted(found)) or 'none'}")
    return ", ".join(expected)


def model_answers(gateway: str, key: dict[str, str], model: str, others: list[str], options: dict[str, Any]) -> str:
    """One short completion, from this model and not from one of the others, which may stand in for it."""
    messages = [{"role": "user", "content": "Answer with the word ready."}]
    body = {"model": model, "messages": messages, "max_tokens": TOKENS, **options}
    answer = call(f"{gateway}/v1/chat/completions", key, body)
    tokens = (answer.get("usage") or {}).get("completion_tokens", 0)
    if not answer.get("choices") or not tokens:
        raise Refused(f"no completion in {json.dumps(answer)[:300]}")
    by = _bare(str(answer.get("model")))
    if by in others:
        raise Refused(f"{by} answered for it")
    return f"{tokens} tokens"


def _bare(name: str) -> str:
    """A model's name without the provider that some gateways put before it."""
    return name.rpartition("/")[2]


def model_embeds(gateway: str, key: dict[str, str], model: str, dimensions: int) -> str:
    """One vector, of the length that indexes rely on."""
    answer = call(f"{gateway}/v1/embeddings", key, {"model": model, "input": "ready"})
    length = len(answer["data"][0]["embedding"])
    if length != dimensions:
        raise Refused(f"a vector of {length} numbers, not of {dimensions}")
    return f"{length} numbers"


def agent_answers(url: str) -> str:
    """One message by A2A, as people and other agents send it."""
    parts = [{"kind": "text", "text": "Answer with the word ready. Use no tool."}]
    message = {"kind": "message", "role": "user", "messageId": str(uuid.uuid4()), "parts": parts}
    question = {"jsonrpc": "2.0", "id": "smoke", "method": "message/send", "params": {"message": message}}
    answer = call(url, {}, question)
    result = answer.get("result") or {}
    state = (result.get("status") or {}).get("state")
    said = [text for part in texts(result) if (text := part.strip())]
    if answer.get("error") or state not in (None, "completed") or not said:
        raise Refused(f"{state or 'no answer'}: {json.dumps(answer.get('error') or result)[:300]}")
    return said[-1][:80]


def texts(result: dict[str, Any]) -> Iterator[str]:
    """What an agent said: in a message, or in the artifacts of a task."""
    for holder in (result, (result.get("status") or {}).get("message") or {}, *(result.get("artifacts") or ())):
        for part in holder.get("parts") or ():
            yield part.get("text") or ""


def trace_arrived(langfuse: str, since: str) -> str:
    """Langfuse has seen something since the first question."""
    pair = f"{os.environ['LANGFUSE_PUBLIC_KEY']}:{os.environ['LANGFUSE_SECRET_KEY']}"
    headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    query = urllib.parse.urlencode({"fromStartTime": since, "limit": 1})
    found = call(f"{langfuse}/api/public/v2/observations?{query}", headers)["data"]
    if not found:
        raise Refused(f"nothing since {since}")
    return str(found[0].get("traceId"))


def holds(what: str, ask: Callable[[], str], until: float) -> bool:
    """Ask until the answer is right or the time is up, and say how it went."""
    while True:
        try:
            print(f"ok    {what}: {ask()}", flush=True)
        except (Refused, KeyError, IndexError, TypeError, AttributeError) as problem:
            said = str(problem) if isinstance(problem, Refused) else f"an answer of another shape ({problem!r})"
            if time.monotonic() + PAUSE >= until:
                print(f"FAIL  {what}: {said}", flush=True)
                return False
            print(f"wait  {what}: {said}", flush=True)
            time.sleep(PAUSE)
        else:
            return True


def main(file: str) -> None:
    """Everything is asked, so that one run says all that is wrong."""
    asked = json.loads(pathlib.Path(file).read_text())
    gateway, langfuse = os.environ["MODEL_GATEWAY_URL"], os.environ["LANGFUSE_URL"]
    key = {"Authorization": f"Bearer {os.environ['MODEL_GATEWAY_KEY']}"}
    since = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    questions: dict[str, Callable[[], str]] = {"models": partial(models_listed, gateway, key, asked["models"])}
    for model in asked["answering"]:
        others = [one for one in asked["models"] if one != model]
        questions[f"completion of {model}"] = partial(model_answers, gateway, key, model, others, asked["options"])
    for model, size in asked["embedding"].items():
        questions[f"vector of {model}"] = partial(model_embeds, gateway, key, model, size)
    if asked["agent"]:
        questions[f"agent {asked['agent']}"] = partial(agent_answers, os.environ["AGENTS_URL"] + asked["agent"])
    if asked["answering"]:
        questions["trace in Langfuse"] = partial(trace_arrived, langfuse, since)
    for model in asked["asleep"]:
        print(f"skip  {model}: it sleeps, and a question would buy a machine to wake it", flush=True)
    until = time.monotonic() + asked["seconds"]
    failed = [what for what, ask in questions.items() if not holds(what, ask, until)]
    if failed:
        raise SystemExit(f"{len(failed)} of {len(questions)} failed: {', '.join(failed)}")


if __name__ == "__main__":
    main(sys.argv[1])
