"""vLLM's command line."""

from __future__ import annotations

import pytest

from groundwork.proofs.fit.launch import NEWEST, Launch, read_launch, version_of


@pytest.mark.parametrize(
    "words",
    [["--tensor-parallel-size=4"], ["--tensor-parallel-size", "4"], ["-tp", "4"], ["--tensor_parallel_size=4"]],
    ids=["equals", "space", "short", "underscores"],
)
def test_flags_are_read_in_every_spelling(words: list[str]) -> None:
    """As argparse does."""
    assert read_launch(["/models/x", *words, "--enforce-eager"]) == Launch(tensor=4, eager=True)


def test_the_last_word_counts() -> None:
    """A flag that is said twice."""
    assert read_launch(["--max-num-seqs=4", "--max-num-seqs=8"]).sequences == 8


@pytest.mark.parametrize(
    ("text", "tokens"), [("32768", 32768), ("32k", 32000), ("32K", 32768), ("1.5K", 1536), ("1M", 1048576)]
)
def test_lengths_may_be_short(text: str, tokens: int) -> None:
    """A small letter counts in thousands."""
    assert read_launch([f"--max-model-len={text}"]).context == tokens


@pytest.mark.parametrize("words", [["--max-model-len=-1"], ["--max-model-len", "-1"], ["--max-model-len", "auto"]])
def test_vllm_may_choose_the_length(words: list[str]) -> None:
    """-1 is a value and no flag."""
    assert read_launch(words).automatic


def test_images_are_counted() -> None:
    """By number, or with their sizes."""
    assert read_launch(['--limit-mm-per-prompt={"image": 8, "video": 0}']).images == 8
    assert read_launch(['--limit-mm-per-prompt={"image": {"count": 2, "width": 512}}']).images == 2
    assert read_launch(['--limit-mm-per-prompt={"image": 0}']).images == 0
    assert read_launch(['--limit-mm-per-prompt={"image": 8, "video": 0}']).videos == 0
    assert read_launch(['--limit-mm-per-prompt={"image": "many"}']).images is None


@pytest.mark.parametrize(
    "word",
    [
        "--tensor-parallel-size=0",
        "--tensor-parallel-size=two",
        "--max-model-len=99999999999999999999",
        "--gpu-memory-utilization=nan",
        "--gpu-memory-utilization=1.5",
        "--limit-mm-per-prompt=[[",
        "--speculative-config={}",
    ],
)
def test_what_cannot_be_read_or_is_not_covered_is_named(word: str) -> None:
    """Nobody guesses."""
    assert [one.partition("=")[0] for one in read_launch([word]).beyond] == [word.partition("=")[0]]


def test_processes_are_counted() -> None:
    """Tensor, pipeline and data parallelism multiply."""
    assert read_launch(["-tp", "4", "-pp", "2", "-dp", "3"]).world == 24


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("docker.io/vllm/vllm-openai:v0.30.0", (0, 30)),
        ("registry:5000/vllm:0.16.0-neuronx-py312@sha256:00", (0, 16)),
        ("vllm/vllm-openai:latest", NEWEST),
        ("vllm/vllm-openai", NEWEST),
    ],
)
def test_the_version_is_the_images(image: str, version: tuple[int, int]) -> None:
    """Ports of registries and digests are no versions."""
    assert version_of(image) == version
