"""What vLLM is told: the arguments that decide about memory, read from a command line.

Flags and defaults: vLLM 0.33.0, read 2026-11-20; `--flag=value` and `--flag value`, with '-' or '_'.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from groundwork.proofs.fields import mapping

__all__ = ["NEWEST", "Launch", "read_launch", "version_of"]

Version = tuple[int, int]
_Number = TypeVar("_Number", int, float)

# Images whose tag names no version are taken for the newest whose arithmetic is known.
NEWEST: Version = (0, 33)
_GI = 1024**3
# More than any machine has, and little enough to compute with.
_MOST, _MOST_BYTES = 2**30, 2**50
_VERSION = re.compile(r"v?(\d{1,4})\.(\d{1,4})(?:\.|$|[-_+])")
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)([kKmMgGtT]?)")
_SCALES = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4, "K": 1024, "M": 1024**2, "G": _GI, "T": 1024**4}


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """A start of vLLM. None is what was not said: vLLM then chooses by GPU and model. Sizes are in bytes.

    `beyond` names what was said and what this arithmetic does not cover, or cannot read.
    """

    version: Version = NEWEST
    tensor: int = 1
    pipeline: int = 1
    data: int = 1
    nodes: int = 1
    context: int | None = None
    sequences: int | None = None
    batched: int | None = None
    utilization: float | None = None
    cache_dtype: str = "auto"
    cache_bytes: int | None = None
    block: int = 16
    dtype: str = "auto"
    quantization: str = ""
    eager: bool = False
    offloaded: int = 0
    cache_offloaded: int = 0
    expert_parallel: bool = False
    lora: bool = False
    loras: int = 1
    loras_in_memory: int | None = None
    lora_rank: int = 16
    lora_sharded: bool = False
    images: int | None = None
    videos: int | None = None
    text_only: bool = False
    beyond: tuple[str, ...] = ()

    @property
    def world(self) -> int:
        """Processes with a GPU each, on all nodes."""
        return self.tensor * self.pipeline * self.data

    @property
    def automatic(self) -> bool:
        """Whether vLLM itself picks the longest context that fits."""
        return self.context == -1


def version_of(image: str) -> Version:
    """The version in an image's tag: (0, 30) of `vllm/vllm-openai:v0.30.0`."""
    tag = image.rpartition("/")[2].partition("@")[0].partition(":")[2]
    found = _VERSION.match(tag)
    return (int(found[1]), int(found[2])) if found else NEWEST


def _count(text: str) -> int:
    return _within(int(text), 1, _MOST)


def _size(text: str) -> int:
    """A number as vLLM's own flags take it: 32k is 32,000 and 32K is 32,768."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return _within(int(float(found[1]) * _SCALES[found[2]]), 1, _MOST_BYTES)


def _length(text: str) -> int:
    """A number of tokens; -1 and `auto` leave it to vLLM."""
    return -1 if text in ("-1", "auto") else _within(_size(text), 1, _MOST)


def _share(text: str) -> float:
    return _within(float(text), 0.01, 1.0)


def _gibibytes(text: str) -> int:
    return int(_within(float(text), 0.0, _MOST_BYTES / _GI) * _GI)


def _within(value: _Number, least: _Number, most: _Number) -> _Number:
    """What is not a number at all is not within."""
    if not least <= value <= most:
        raise ValueError(value)
    return value


def _limits(text: str) -> dict[str, int]:
    """How many items of each kind a prompt may hold: `{"image": 8}`, or with sizes `{"image": {"count": 8, "width": 512}}`."""
    said: Any = json.loads(text)
    counts = {kind: mapping(one).get("count", one) for kind, one in mapping(said).items()}
    return {
        field: counts[kind]
        for kind, field in (("image", "images"), ("video", "videos"))
        if isinstance(counts.get(kind), int)
    }


_FLAGS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "tensor-parallel-size": ("tensor", _count),
    "tp": ("tensor", _count),
    "pipeline-parallel-size": ("pipeline", _count),
    "pp": ("pipeline", _count),
    "data-parallel-size": ("data", _count),
    "dp": ("data", _count),
    "nnodes": ("nodes", _count),
    "max-model-len": ("context", _length),
    "max-num-seqs": ("sequences", _count),
    "max-num-batched-tokens": ("batched", _size),
    "gpu-memory-utilization": ("utilization", _share),
    "kv-cache-dtype": ("cache_dtype", str),
    "kv-cache-memory-bytes": ("cache_bytes", _size),
    "block-size": ("block", _count),
    "dtype": ("dtype", str),
    "quantization": ("quantization", str),
    "q": ("quantization", str),
    "cpu-offload-gb": ("offloaded", _gibibytes),
    "kv-offloading-size": ("cache_offloaded", _gibibytes),
    "max-loras": ("loras", _count),
    "max-cpu-loras": ("loras_in_memory", _count),
    "max-lora-rank": ("lora_rank", _count),
}
_SWITCHES: Mapping[str, str] = {
    "enforce-eager": "eager",
    "enable-expert-parallel": "expert_parallel",
    "enable-lora": "lora",
    "fully-sharded-loras": "lora_sharded",
    "language-model-only": "text_only",
}
# They change what memory is needed in ways that nobody has measured for us, or say the rest in a file.
_BEYOND = frozenset(
    {
        "config",
        "decode-context-parallel-size",
        "enable-sleep-mode",
        "hf-overrides",
        "kv-transfer-config",
        "num-gpu-blocks-override",
        "skip-mm-profiling",
        "speculative-config",
    }
)


def read_launch(words: Sequence[str], version: Version = NEWEST) -> Launch:
    """Read a command line. A flag that is said twice counts as said last, as it does for vLLM."""
    found: dict[str, Any] = {"version": version}
    beyond: list[str] = []
    for flag, value in _flags(words):
        if flag in _SWITCHES:
            found[_SWITCHES[flag]] = value != "False"
        elif flag in _BEYOND:
            beyond.append(f"--{flag}")
        else:
            try:
                found |= _read(flag, value)
            except (ValueError, OverflowError, RecursionError):  # JSON may nest too deeply
                beyond.append(f"--{flag}={value}")
    return Launch(**found, beyond=tuple(beyond))


def _read(flag: str, value: str) -> dict[str, Any]:
    if flag == "limit-mm-per-prompt":
        return _limits(value)
    name, read = _FLAGS.get(flag, ("", str))
    return {name: read(value)} if name else {}


def _flags(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for index, word in enumerate(words):
        if not word.startswith("-") or word in ("-", "--"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if not equals:
            follows = words[index + 1] if index + 1 < len(words) else ""
            value = follows if follows == "-1" or not follows.startswith("-") else ""
        yield name.replace("_", "-"), value
