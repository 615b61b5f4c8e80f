"""Adapters: a new one restarts no server, and nobody but the pod itself may load one."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from groundwork.catalog.quantities import parse_quantity
from groundwork.components.serving.scripts import closed
from groundwork.components.serving.vllm import Vllm
from groundwork.fleet.adapter import Adapter
from groundwork.fleet.site import Site
from groundwork.proofs.fit.host import vllm_memory
from groundwork.proofs.fit.launch import read_launch
from groundwork.proofs.fit.shape import Shape

MODEL = "qwen3-4b"
LARGE = "prod-us-east-2"


def with_adapters(site: Site, *adapters: Adapter) -> Site:
    """The cluster with these adapters of the model."""
    models = tuple(one.model_copy(update={"adapters": adapters}) if one.name == MODEL else one for one in site.models)
    return dataclasses.replace(site, models=models)


def adapter(name: str, revision: str = "1", rank: int = 16) -> Adapter:
    """An adapter of that name."""
    return Adapter.model_validate({"name": name, "revision": revision, "rank": rank})


@pytest.fixture(scope="module")
def rendering(render: Any, site: Any) -> Any:
    """The component in the cluster that carries an adapter."""
    return render(Vllm, site(LARGE))


def test_one_more_adapter_changes_the_list_and_nothing_of_the_pods(render: Any, site: Any, find: Any) -> None:
    """Neither their arguments nor a hash on them: the list is mounted, and pods see it change."""
    one, two = (
        render(Vllm, with_adapters(site(LARGE), *adapters))
        for adapters in ((adapter("a"),), (adapter("a", "2"), adapter("b")))
    )

    assert find(one, "Deployment", MODEL) == find(two, "Deployment", MODEL)
    listed = json.loads(find(two, "ConfigMap", f"{MODEL}-adapters")["data"]["adapters.json"])
    bucket = "s3://acme-prod-us-east-2-models-111122223333"
    assert listed == [
        {"name": "a", "source": f"{bucket}/{MODEL}/adapters/a/2/"},
        {"name": "b", "source": f"{bucket}/{MODEL}/adapters/b/1/"},
    ]


def test_host_memory_holds_adapters_and_prepared_images(render: Any, site: Any, find: Any) -> None:
    """They come when the weights have passed through; the proof of fit refused what was rendered without them."""
    seeing = [one.model_copy(update={"images": 8, "adapters": (adapter("a", rank=128),)}) for one in site(LARGE).models]
    rendering = render(Vllm, dataclasses.replace(site(LARGE), models=tuple(seeing)))
    server = find(rendering, "Deployment", MODEL)["spec"]["template"]["spec"]["containers"][0]
    model = next(one for one in seeing if one.name == MODEL)

    needed = vllm_memory(Shape.of(model), read_launch(server["args"]), 1)

    assert parse_quantity(server["resources"]["limits"]["memory"]) >= needed


def test_the_server_has_room_for_the_highest_rank(render: Any, site: Any, find: Any) -> None:
    """A higher one than its servers were started with could not be loaded."""
    deployment = find(render(Vllm, with_adapters(site(LARGE), adapter("a", rank=64))), "Deployment", MODEL)

    assert "--max-lora-rank=64" in deployment["spec"]["template"]["spec"]["containers"][0]["args"]


def test_the_loader_asks_its_own_pods_server(rendering: Any, find: Any) -> None:
    """Whose word it leaves in the folder that both see, and nobody else."""
    _, loader = find(rendering, "Deployment", MODEL)["spec"]["template"]["spec"]["containers"]

    assert loader["name"] == "adapters"
    assert "--server=http://127.0.0.1:8000" in loader["args"]
    assert {one["mountPath"] for one in loader["volumeMounts"]} == {"/adapters", "/etc/adapters"}


def test_a_model_without_adapters_has_no_loader_and_no_such_paths(rendering: Any, find: Any) -> None:
    """The server mounts the paths only where it is told to."""
    pod = find(rendering, "Deployment", "glm-5-fp8")["spec"]["template"]["spec"]

    assert len(pod["containers"]) == 1
    assert not any(one["name"] == "VLLM_ALLOW_RUNTIME_LORA_UPDATING" for one in pod["containers"][0]["env"])


def test_the_door_is_mounted_where_it_is_looked_for(rendering: Any, find: Any) -> None:
    """Without the module the server would not start, and with another it would be open."""
    server = find(rendering, "Deployment", MODEL)["spec"]["template"]["spec"]["containers"][0]
    env = {one["name"]: one.get("value") for one in server["env"]}

    assert "--middleware=closed.Closed" in server["args"]
    assert env["PYTHONPATH"] == "/etc/groundwork"
    assert "class Closed" in find(rendering, "ConfigMap", MODEL)["data"]["closed.py"]


@pytest.fixture
def word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the loader leaves for the server."""
    file = tmp_path / ".word"
    file.write_text("sesame")
    monkeypatch.setattr(closed, "WORD", file)
    return file


def asked(path: str, said: str | None = None, kind: str = "http") -> list[Any]:
    """What is sent back for a request: the server's own answer, or the door's."""
    sent: list[Any] = []

    async def server(scope: closed.Message, receive: Any, send: Any) -> None:
        del scope, receive
        await send("passed")

    async def send(message: Any) -> None:
        await asyncio.sleep(0)
        sent.append(message)

    async def receive() -> closed.Message:
        await asyncio.sleep(0)
        return {}

    headers = [] if said is None else [(b"x-pod-word", said.encode())]
    scope: closed.Message = {"type": kind, "path": path, "headers": headers, "client": ("127.0.0.1", 1234)}
    asyncio.run(closed.Closed(server)(scope, receive, send))
    return sent


@pytest.mark.usefixtures("word")
@pytest.mark.parametrize(
    "path",
    [
        "/v1/load_lora_adapter",
        "/v1/unload_lora_adapter",
        "/adapters",
        "/adapters/x",
        "/v1/load_lora_adapter/",
        "/invocations",
    ],
)
@pytest.mark.parametrize("said", [None, "", "open"])
def test_other_pods_cannot_load_adapters(path: str, said: str | None) -> None:
    """By none of the paths that vLLM has for it, and from whatever address; the pod itself can."""
    (start, _) = asked(path, said)

    assert start["status"] == 404
    assert asked(path, "sesame") == ["passed"]


def test_without_the_word_the_door_stays_shut(word: Path) -> None:
    """Before the loader has started nobody is the pod itself, nor is who says nothing."""
    word.write_text("")
    assert asked("/v1/load_lora_adapter", "")[0]["status"] == 404
    word.unlink()
    assert asked("/v1/load_lora_adapter", "sesame")[0]["status"] == 404


@pytest.mark.usefixtures("word")
@pytest.mark.parametrize("path", ["/health", "/metrics", "/v1/models", "/v1/chat/completions", "/v1/completions"])
def test_other_pods_get_what_they_need(path: str) -> None:
    """The kubelet, Prometheus and the gateway."""
    assert asked(path) == ["passed"]


@pytest.mark.usefixtures("word")
def test_a_connection_that_stays_open_is_closed_too() -> None:
    """There is no path on which the server talks over WebSockets to others."""
    assert asked("/v1/realtime", kind="websocket") == [{"type": "websocket.close", "code": 1008}]


def test_fewer_adapters_than_declared_are_told(rendering: Any, find: Any) -> None:
    """A replica that lacks one refuses its callers."""
    (group,) = find(rendering, "PrometheusRule", f"{MODEL}-adapters")["spec"]["groups"]

    assert group["rules"][0]["expr"].startswith('groundwork_adapters_loaded{service="qwen3-4b"} <')
