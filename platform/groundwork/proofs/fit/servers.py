"""Model servers in a tree: which pods run one, what they are told, and what they ask for."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from groundwork.catalog import metrics
from groundwork.proofs import resources
from groundwork.proofs.edges.documents import loaded
from groundwork.proofs.edges.scrapes import image_name
from groundwork.proofs.fields import Pointer, entries, mapping, number, text, texts, value_at
from groundwork.proofs.pods import PodSet, pod_sets
from groundwork.proofs.world import World

__all__ = ["Engine", "Server", "servers"]

Engine = Literal["vllm", "neuron", "llama.cpp", "ray", "unknown"]

_GPU, _SLICE = "nvidia.com/gpu", "nvidia.com/mig-"
_CHIP, _CORE = "aws.amazon.com/neuron", "aws.amazon.com/neuroncore"
# Kinds whose pods answer requests; Jobs that ask for GPUs train.
_SERVING = ("Deployment", "StatefulSet", "ReplicaSet", "LeaderWorkerSet", "RayService")
_NAMES = ("--served-model-name", "--alias")
_TOLD = (*_NAMES, "--tensor-parallel-size", "--max-model-len")
_THOUSAND = 1000


@dataclass(frozen=True, kw_only=True)
class Server:
    """A container that may serve a model.

    `at` is the container's place in its object, `words` its command line, each with its place. `settings` is what a RayService
    tells its application instead.
    """

    pods: PodSet
    container: Mapping[str, Any]
    at: Pointer
    words: tuple[tuple[Pointer, str], ...]
    settings: Mapping[str, Any]

    @functools.cached_property
    def engine(self) -> Engine | None:
        """What serves; None where it serves no model."""
        if self.settings:
            return "ray" if self.pods.part != "head" else None
        image = image_name(self.image)
        if image in metrics.exporters()["vllm"].images or "vllm" in self.line:
            return "neuron" if "neuron" in image else "vllm"
        if image in metrics.exporters()["llama.cpp server"].images:
            return "llama.cpp"
        told = any(word.partition("=")[0] in _TOLD for word in self.line)
        return "unknown" if told or self.device[1] else None

    @functools.cached_property
    def line(self) -> list[str]:
        """The command line without the places."""
        return [word for _, word in self.words]

    @property
    def image(self) -> str:
        return text(self.container, "image")

    @property
    def name(self) -> str:
        """What it answers as, else the name of its object."""
        found = next((value for flag in _NAMES for value in self.values(flag)), "")
        return found or text(self.settings, "model") or self.pods.name

    @property
    def names(self) -> Iterator[str]:
        """Names by which its model may be declared, surest first: parts of the weights' path, repository, what it answers as."""
        weights = self.weights
        yield from (part for part in reversed(weights.split("/")) if part)
        yield weights
        yield self.name

    @property
    def weights(self) -> str:
        """The path or the repository that it loads."""
        named = next(iter(self.values("--model")), "") or text(self.settings, "weights")
        positional = [word for word in self.line if not word.startswith("-") and "/" in word and " " not in word]
        return named or next((word for word in positional if not word.startswith(("/bin/", "/usr/"))), "")

    @property
    def leads(self) -> bool:
        """Whether it stands for its replica; the other pods of a group are told the same."""
        return "--headless" not in self.line

    @property
    def group(self) -> int:
        """How many pods are one replica."""
        if self.pods.controller != "LeaderWorkerSet":
            return 1
        return number(self.pods.source.body, "spec", "leaderWorkerTemplate", "size") or 1

    @property
    def limits(self) -> Mapping[str, int]:
        """The container's limits, in whole units."""
        found = resources.read(mapping(self.container, "resources", "limits"))
        return {name: amount // _THOUSAND for name, amount in found.items()}

    @property
    def device(self) -> tuple[str, int]:
        """The extended resource that it takes, and how many; ("", 0) where it takes none."""
        taken = [
            (name, count) for name, count in self.limits.items() if name.startswith((_GPU, _SLICE, _CHIP)) and count
        ]
        return taken[0] if taken else ("", 0)

    @property
    def profile(self) -> str:
        """The MIG profile of the slice that it takes; empty for whole devices."""
        return self.device[0].removeprefix(_SLICE) if self.device[0].startswith(_SLICE) else ""

    @property
    def by_core(self) -> bool:
        """Whether it counts its Neuron devices in cores."""
        return self.device[0] == _CORE

    def values(self, flag: str) -> Iterator[str]:
        """The values of a flag, said as `--flag=value` or `--flag value`."""
        line = self.line
        for index, word in enumerate(line):
            if word.startswith(f"{flag}="):
                yield word.partition("=")[2]
            elif word == flag and index + 1 < len(line):
                yield line[index + 1]

    def place(self, flag: str) -> Pointer:
        """Where a flag is said the last time; where it is not, the arguments."""
        said = [at for at, word in self.words if word.replace("_", "-").partition("=")[0] == flag]
        args = (*self.at, "args") if "args" in self.container else self.at
        return said[-1] if said else args

    def mounted(self, path: str) -> Mapping[str, Any]:
        """The volume that holds a path; empty where none does."""
        best, found = -1, ""
        for _, mount in entries(self.container, "volumeMounts"):
            where = text(mount, "mountPath").rstrip("/")
            if where and (path == where or path.startswith(f"{where}/")) and len(where) > best:
                best, found = len(where), text(mount, "name")
        return next((one for _, one in entries(self.pods.spec, "volumes") if found and text(one, "name") == found), {})


def servers(world: World) -> list[Server]:
    """Every model server of a cluster, in the tree's order."""
    return [one for pods in pod_sets(world) if pods.controller in _SERVING for one in _containers(pods) if one.engine]


def _containers(pods: PodSet) -> Iterator[Server]:
    settings = _application(pods) if pods.controller == "RayService" else {}
    for place, container in entries(pods.spec, "containers"):
        at = (*pods.at, *place)
        yield Server(pods=pods, container=container, at=at, words=tuple(_words(container, at)), settings=settings)


def _words(container: Mapping[str, Any], at: Pointer) -> Iterator[tuple[Pointer, str]]:
    """A shell's command line counts word by word."""
    for field in ("command", "args"):
        for place, word in texts(container, field):
            for part in word.split() if " -" in word and not word.startswith("-") else [word]:
                yield (*at, *place), part


def _application(pods: PodSet) -> Mapping[str, Any]:
    """The arguments of a RayService's first application that names a model."""
    with contextlib.suppress(ValueError):
        serving = loaded("serveConfigV2.yaml", text(pods.source.body, "spec", "serveConfigV2"))
        for _, application in entries(serving, "applications"):
            if value_at(application, "args", "model"):
                return mapping(application, "args")
    return {}
