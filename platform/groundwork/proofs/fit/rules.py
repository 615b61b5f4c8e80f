"""What the proof of fit demands."""

from __future__ import annotations

from groundwork.findings import Rule, Severity

__all__ = ["RULES"]

RULES = (
    WEIGHTS := Rule(
        id="fit/weights",
        title="Weights leave room for a cache",
        why="vLLM loads for minutes and then ends: no available memory for the cache blocks. The pod starts over, for ever.",
        fix="Take more or larger GPUs, or smaller weights.",
        explanation="""\
Of the part of a GPU that vLLM may take (--gpu-memory-utilization), weights, activations, what libraries keep and CUDA graphs go
first; the KV cache is what remains. `groundwork fit MODEL` shows the sum.

Bad:    Qwen3-32B in 16 bit on one H100 with 32000 tokens of context: 61 GiB of weights leave 4.5 GiB, one request takes 7.8
Good:   the same on two""",
    ),
    CONTEXT := Rule(
        id="fit/context",
        title="One request of full length fits, and is no longer than the model was made for",
        why="vLLM refuses to start when one request of full length does not fit into the cache, or exceeds the model's positions.",
        fix="Lower the context, or take more or larger GPUs.",
        explanation="""\
A request of full length is what vLLM demands room for before it serves anything. Without --max-model-len that is the model's own
maximum, often 128 thousand tokens and more.""",
    ),
    CONCURRENCY := Rule(
        id="fit/concurrency",
        title="As many requests of full length fit at once as are declared",
        why="The cache fills up under load: requests wait, and running ones are thrown out and computed anew.",
        fix="Lower context or concurrency, or take more or larger GPUs.",
        explanation="""\
`concurrency` in a model's declaration is a promise: so many requests of `context` tokens, prompt and answer, at once. It is held
against the tokens that the cache has room for.""",
    ),
    DECLARED := Rule(
        id="fit/declared",
        title="A server is started with the context and the concurrency that its model declares",
        why="Callers, budgets and autoscaling count on what is declared; the server refuses longer requests, or holds fewer.",
        fix="Change the model's declaration and render again.",
        explanation="""\
Two arguments come from the declaration: --max-model-len and --max-num-seqs of vLLM, --ctx-size and --parallel of llama.cpp.""",
    ),
    TIGHT := Rule(
        id="fit/tight",
        title="Fits by more than the estimate may be wrong",
        why="Activations, graphs and libraries are known to half a GiB or so; a driver or a version more, and it does not start.",
        fix="Lower context or concurrency a little, or give up some of --max-num-batched-tokens.",
        severity=Severity.WARNING,
        explanation="How far the estimate was off on real GPUs stands in tests/proofs/fit; `python -m tests.proofs.fit` prints it.",
    ),
    UTILIZATION := Rule(
        id="fit/utilization",
        title="The GPU has room for what vLLM does not count",
        why="CUDA's context exists before vLLM measures anything. With too large a share vLLM finds too little free, or dies later.",
        fix="Lower --gpu-memory-utilization.",
        explanation="""\
A context takes about 0.5 GiB, with several GPUs 1.5. Before vLLM 0.21 CUDA graphs were not counted either.

Bad:    --gpu-memory-utilization=0.99 on an L4 of 22 GiB
Good:   --gpu-memory-utilization=0.92""",
    ),
    DIVISIBLE := Rule(
        id="fit/divisible",
        title="GPUs share heads, vocabulary and experts evenly",
        why="vLLM refuses to start on what it cannot divide.",
        fix="Take a number of GPUs that divides them: usually 1, 2, 4 or 8.",
        explanation="""\
Attention heads must be a multiple of the tensor parallelism, key-value heads a multiple or a divisor of it. The vocabulary is
padded to a multiple of 64 first. Weights that were quantised in blocks (`weightBlock`) are divided by whole blocks.""",
    ),
    DTYPE := Rule(
        id="fit/dtype",
        title="The machine computes the type of weights that it is given",
        why="vLLM refuses to start: bfloat16 needs capability 8.0, 8-bit weights 7.5, an 8-bit cache 8.0.",
        fix="Take another accelerator, or weights of another type.",
        explanation="""\
Every instance type that the pod may land on counts. T4 (7.5) has no bfloat16; Inferentia2 computes no fp8.""",
    ),
    PARALLEL := Rule(
        id="fit/parallel",
        title="A server starts one process per GPU that it asks for",
        why="With more processes than GPUs it does not start; with fewer, GPUs idle; without any it uses a card that is somebody else's.",
        fix="Make --tensor-parallel-size x --pipeline-parallel-size x --data-parallel-size what all pods of a replica ask for together.",
        explanation="""\
Known from LLMKube issue 1320, whose sample asked for tensor parallelism 8 on 2 GPUs, and production-stack issue 1047, where half a
GPU was rendered as none at all. On Neuron a process takes a core, not a chip.

Bad:    --tensor-parallel-size=8 with nvidia.com/gpu: 2
Good:   --tensor-parallel-size=2 with nvidia.com/gpu: 2""",
    ),
    HOST_MEMORY := Rule(
        id="fit/host-memory",
        title="The container may use the memory that its server needs beside the accelerator",
        why="The kernel ends the server while it loads, and the kubelet starts it over.",
        fix="Raise the container's memory request and limit.",
        explanation="""\
vLLM: its server and a process per GPU, adapters and what is offloaded, shared memory. Neuron: all weights twice, while they are laid
out for the cores. llama.cpp: everything, because it computes there.""",
    ),
    SHARED_MEMORY := Rule(
        id="fit/shared-memory",
        title="Processes of one server have room in /dev/shm",
        why="Containers have 64 MiB of it. NCCL and vLLM's queues need more, and end with `Bus error` or `unhandled system error`.",
        fix="Mount an emptyDir with `medium: Memory` at /dev/shm.",
        explanation="""\
Processes that share a model hand each other tensors and messages there. What is used of it counts as memory of the container.""",
    ),
    DISK := Rule(
        id="fit/disk",
        title="Weights have room on the disk that they are copied to",
        why="The kubelet evicts a pod that passes its limit, while it loads; the next one begins from nothing.",
        fix="Raise the volume's sizeLimit and the containers' ephemeral-storage.",
        explanation="""\
What emptyDirs hold counts towards the sum of the limits of the pod's containers: volumes that may grow beyond it are a pod that
may be evicted.""",
    ),
    UNDECIDED := Rule(
        id="fit/undecided",
        title="Every model server is judged",
        why="Nobody knows whether it starts before it is tried on a machine that costs money.",
        fix="Declare the model with its architecture, or read its log on a machine.",
        severity=Severity.UNDECIDED,
        explanation="""\
Said where the declarations are not at hand or do not know a model, where no NodePool says on what a server runs, and where an engine
or an argument is one that the arithmetic does not cover: speculative decoding, models with recurrent layers, other servers.""",
    ),
)
