"""`groundwork new`: a starting file that is valid as it stands, with a comment wherever a person has to decide."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from groundwork.catalog import kubernetes
from groundwork.catalog.accelerators import accelerator
from groundwork.fleet import files, templates
from groundwork.fleet.explain import did_you_mean, explain
from groundwork.fleet.huggingface import Shape, read_config, shape_of
from groundwork.fleet.model import Architecture
from groundwork.fleet.nouns import IMAGES, NOUNS, file_of
from groundwork.fleet.schema import comment
from groundwork.fleet.source import Document, parse

__all__ = ["scaffold"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Request:
    """What somebody asked for."""

    root: Path
    noun: str
    name: str
    config: Path | None
    answers: Mapping[str, str]


_OF_SHAPE = ("parameters", "positions", "weightBytes")
_NUMBERS = (*_OF_SHAPE, "context", "concurrency", "count")
_ANSWERS = {
    "cluster": ("region", "account", "environment", "nodes", "kubernetes", "cidr"),
    "model": ("huggingFace", "gpu", *_NUMBERS),
    "agent": ("description", "model"),
    "tool": ("description", "image"),
    "tenant": (),
    "pipeline": ("description", "image", "schedule"),
}
# Tried in this order: cheapest per GiB first, one node at most.
_GPUS = ("l4", "l40s", "h100", "h200", "b300")
_COUNTS = (1, 2, 4, 8)
# What vLLM takes of a GPU, less a margin; what it needs beside weights and cache; bytes of one value in the cache.
_USED = 0.9
_OVERHEAD, _OVERHEAD_SHARED = 3 * 512 * 1024**2, 7 * 512 * 1024**2  # on one GPU; on each of several
_CACHE_BYTES = 2
_CONTEXT = 16384
_CONCURRENCY = 4


def scaffold(root: Path, noun: str, name: str, config: Path | None = None, /, **answers: str) -> Path:
    """Write the file of a new thing and return its path.

    `config` is a model's downloaded config.json. `answers` are values that cannot be guessed (a cluster's region and
    account) or that somebody wants otherwise than the template has them.

    Raises:
        ValueError: a bad name or answer, or something that has to be there first is missing; says what to do.
        FileExistsError: there is such a thing already.
    """
    request = _Request(root=root, noun=noun, name=name, config=config, answers=answers)
    _check(request)
    file = root / file_of(noun, name)
    text = f"{comment(noun, NOUNS[noun].folder)}\n{_TEMPLATES[noun](request)}"
    _refuse_invalid(noun, file_of(noun, name), text)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as stream:
        stream.write(text)
    return file


def _check(request: _Request) -> None:
    noun, name = request.noun, request.name
    if noun not in NOUNS:
        raise ValueError(f"there is no noun '{noun}'{did_you_mean(noun, NOUNS)}: choose one of {', '.join(NOUNS)}")
    if not re.fullmatch(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", name):
        how = "take up to 40 lower-case letters, digits and '-', a letter first, no '-' at the end"
        raise ValueError(f"'{name}' cannot be a name: {how}")
    if request.config is not None and noun != "model":
        raise ValueError("a config.json describes a model, nothing else")
    for answer in request.answers:
        if answer not in _ANSWERS[noun]:
            known = ", ".join(_ANSWERS[noun]) or "nothing"
            hint = did_you_mean(answer, _ANSWERS[noun])
            raise ValueError(f"'{answer}' cannot be set for a new {noun}{hint}: what can is {known}")
    _check_place(request)


def _check_place(request: _Request) -> None:
    root, noun, name = request.root, request.noun, request.name
    reason = files.unusable(root, NOUNS[noun].folder)
    if reason is not None:
        raise ValueError(f"{NOUNS[noun].folder} {reason}")
    path = file_of(noun, name)
    if os.path.lexists(root / path):
        raise FileExistsError(f"{path} is there already: edit it, or choose another name")
    namesake = {"agent": "tool", "tool": "agent"}.get(noun)
    if namesake is not None and (root / file_of(namesake, name)).exists():
        raise ValueError(f"one {namesake} is called '{name}', and agents and tools share their names: choose another")


def _refuse_invalid(noun: str, path: str, text: str) -> None:
    document = parse(text.encode(), path)
    problems = [one.problem for one in document.problems]
    if document.body is not None:
        try:
            NOUNS[noun].model_validate(document.body, strict=True)
        except ValidationError as error:
            problems = [one.problem for one in explain(error, NOUNS[noun], document)]
    if problems:
        raise ValueError("; ".join(problems))


def _cluster(request: _Request) -> str:
    answers = request.answers
    missing = [key for key in ("region", "account") if not answers.get(key)]
    if missing:
        example = {"region": "us-east-1", "account": "111122223333"}
        how = " ".join(f"--set {key}={example[key]}" for key in missing)
        raise ValueError(f"a cluster needs {' and '.join(missing)}, which nobody can guess: add {how}")
    environment = answers.get("environment", "development")
    return templates.cluster(
        name=request.name,
        environment=environment,
        account=answers["account"],
        region=answers["region"],
        kubernetes=answers.get("kubernetes", kubernetes.RECOMMENDED),
        nodes=answers.get("nodes", "auto"),
        cidr=answers.get("cidr") or _free_network(request.root),
        channel="next" if environment == "development" else "stable",
    )


def _free_network(root: Path) -> str:
    """The first of 10.10.0.0/16, 10.20.0.0/16, ..., then any 10.x.0.0/16, that no cluster uses."""
    bodies = [one.body for one in files.documents(root, "cluster") if isinstance(one, Document) and one.body]
    taken = [network for body in bodies if (network := _network(body)) is not None]
    for second in (*range(10, 256, 10), *range(256)):
        candidate = ipaddress.IPv4Network(f"10.{second}.0.0/16")
        if not any(candidate.overlaps(one) for one in taken):
            return str(candidate)
    raise ValueError("every 10.x.0.0/16 is taken: give a range with --set cidr=172.16.0.0/16")


def _network(body: dict[str, Any]) -> ipaddress.IPv4Network | None:
    """The network of a cluster's file, which may be broken in any way: that is the loader's to say."""
    network = body.get("network")
    try:
        return ipaddress.IPv4Network(network["cidr"]) if isinstance(network, dict) else None
    except (KeyError, TypeError, ValueError):
        return None


def _model(request: _Request) -> str:
    answers = request.answers
    given = {key: _whole(key, answers[key]) for key in _NUMBERS if key in answers}
    shape: Shape
    if request.config is None:
        shape = templates.EXAMPLE_SHAPE | {key: given[key] for key in _OF_SHAPE if key in given}
    else:
        shape = shape_of(read_config(request.config), given)
    context = given.get("context") or min(_CONTEXT, shape["positions"])
    concurrency = given.get("concurrency") or _CONCURRENCY
    gpu, count = _hardware(shape, context * concurrency, answers.get("gpu"), given.get("count"))
    return templates.model(
        name=request.name,
        repository=answers.get("huggingFace"),
        shape=shape,
        is_example=request.config is None,
        hardware={"gpu": gpu, "count": count},
        context=context,
        concurrency=concurrency,
    )


def _whole(key: str, text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        raise ValueError(f"{key} must be a whole number above 0, not '{text}'")
    return int(text)


def _hardware(shape: Shape, tokens: int, gpu: str | None, count: int | None) -> tuple[str, int]:
    """The first choice that shares the heads evenly and holds weights and cache; what was asked for, if both were."""
    if gpu and count:
        return gpu, count
    declared = Architecture.model_validate(shape)
    for name in (gpu,) if gpu else _GPUS:
        kind = accelerator(name, "nvidia")
        for devices in (count,) if count else _COUNTS:
            possible = devices <= kind.most_per_node and shape["dtype"] in kind.dtypes and not declared.uneven(devices)
            if possible and _need(shape, tokens, devices) <= kind.usable_mib * 1024**2 * _USED:
                return name, devices
    size = declared.bytes_of_weights // 1024**3
    raise ValueError(
        f"no choice of {gpu or ', '.join(_GPUS)} holds {size} GiB of weights and {tokens} tokens of cache on one node, "
        f"and shares {shape['heads']} heads evenly: say --set gpu=NAME --set count=NUMBER, or ask for less context"
    )


def _need(shape: Shape, tokens: int, devices: int) -> int:
    """Bytes per device, roughly and on the safe side: the proof of model fit decides, this only picks a start."""
    if "latentAttention" in shape:
        latent = shape["latentAttention"]
        per_token: int = latent["kvLoraRank"] + latent["ropeHeadDim"]
    else:
        per_token = 2 * -(-shape["kvHeads"] // devices) * shape["headDim"]
    cache: int = tokens * per_token * shape["layers"] * _CACHE_BYTES
    return (
        Architecture.model_validate(shape).bytes_of_weights // devices
        + cache
        + (_OVERHEAD if devices == 1 else _OVERHEAD_SHARED)
    )


def _agent(request: _Request) -> str:
    return templates.agent(
        name=request.name,
        description=request.answers.get("description"),
        model=request.answers.get("model", "reasoning"),
    )


def _tool(request: _Request) -> str:
    return templates.tool(name=request.name, description=request.answers.get("description"), image=_image(request))


def _tenant(request: _Request) -> str:
    return templates.tenant(name=request.name)


def _pipeline(request: _Request) -> str:
    return templates.pipeline(
        name=request.name,
        description=request.answers.get("description"),
        image=_image(request),
        schedule=request.answers.get("schedule", "0 3 * * *"),
    )


def _image(request: _Request) -> str:
    """The folder with the code. Only the people who declare the thing can write that, so it has to be there first."""
    image = request.answers.get("image", request.name)
    folder = request.root / IMAGES
    if not (folder / image).is_dir():
        present = ", ".join(sorted(one.name for one in folder.glob("*/")))
        raise ValueError(
            f"there is no folder {IMAGES}/{image}: put the code and its Dockerfile there first, "
            f"or name one with --set image=FOLDER (there {f'are {present}' if present else 'is none yet'})"
        )
    return image


_TEMPLATES: dict[str, Callable[[_Request], str]] = {
    "cluster": _cluster,
    "model": _model,
    "agent": _agent,
    "tool": _tool,
    "tenant": _tenant,
    "pipeline": _pipeline,
}
