"""vLLM on GPUs: is the budget of each GPU enough, on every machine that the pod may land on?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from groundwork.catalog.accelerators import Accelerator, accelerators
from groundwork.findings import Rule
from groundwork.fleet.model import Model
from groundwork.proofs.fit.account import Account, gib
from groundwork.proofs.fit.gpu import Gpu
from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.memory import Budget, budget
from groundwork.proofs.fit.rules import (
    CONCURRENCY,
    CONTEXT,
    DECLARED,
    DIVISIBLE,
    DTYPE,
    PARALLEL,
    TIGHT,
    UTILIZATION,
    WEIGHTS,
)
from groundwork.proofs.fit.shape import Shape

__all__ = ["judge_budget", "judge_division", "judge_processes"]

# Lowest compute capability for each type of weights; and for the cache in 8 bit.
_CAPABILITY = {"bfloat16": (8, 0), "fp8": (7, 5), "int8": (7, 5)}
_CACHE_CAPABILITY = (8, 0)
_COUNTS = (1, 2, 4, 8)


def judge_processes(account: Account, launch: Launch, per_device: int = 1) -> bool:
    """A process per device, or per core of one, and as many pods as nodes. Returns whether it starts at all."""
    server = account.server
    resource, count = server.device
    place = server.place("--tensor-parallel-size")
    if not count:
        problem = f"starts a process for each of {launch.world} GPUs, and asks for none"
        account.breaks(PARALLEL, problem, (*server.at, "resources"))
        return False
    if launch.nodes != server.group:
        problem = f"is told of {launch.nodes} nodes (--nnodes), and a replica has {server.group} pods"
        account.breaks(PARALLEL, problem, server.place("--nnodes"))
        return False
    offered = count * per_device * server.group
    if launch.world != offered:
        spread = " x ".join(str(ways) for ways in (launch.tensor, launch.pipeline, launch.data) if ways > 1) or "1"
        cores = f" of {per_device} cores" if per_device > 1 else ""
        pods = f" in each of {server.group} pods" if server.group > 1 else ""
        problem = f"starts {spread} processes, and asks for {count} {resource}{cores}{pods}"
        fix = f"Ask for what it starts, or set --tensor-parallel-size={max(1, offered // launch.pipeline // launch.data)}."
        account.breaks(PARALLEL, problem, place, fix=fix)
    return launch.world <= offered


def judge_division(account: Account, model: Model, shape: Shape, launch: Launch, kind: Accelerator) -> bool:
    """What the devices cannot share, or cannot compute. Returns whether they can."""
    place = account.server.place("--tensor-parallel-size")
    problem = model.architecture.uneven(launch.tensor, whole_experts=launch.expert_parallel)
    if problem:
        account.breaks(DIVISIBLE, f"{launch.tensor} devices cannot share {problem} evenly", place)
    refused = _refused(kind, _computed(shape, launch), launch)
    if refused:
        told = account.server.place("--kv-cache-dtype" if refused.startswith("a cache") else "--dtype")
        account.breaks(DTYPE, f"{kind.name} does not serve {refused}", told)
    return not problem and not refused


def _computed(shape: Shape, launch: Launch) -> str:
    """The type of the weights once they are loaded; what is quantised stays as it is."""
    if shape.quantized:
        return shape.dtype
    return launch.quantization or (launch.dtype if launch.dtype in _CAPABILITY else shape.dtype)


def _refused(kind: Accelerator, dtype: str, launch: Launch) -> str:
    capability = kind.capability
    if capability is not None and launch.cache_dtype.startswith("fp8") and capability < _CACHE_CAPABILITY:
        return f"a cache of {launch.cache_dtype}"
    if dtype not in kind.dtypes or (capability is not None and capability < _CAPABILITY.get(dtype, capability)):
        return f"weights of {dtype}"
    return ""


def judge_budget(account: Account, model: Model, shape: Shape, launch: Launch, kinds: Sequence[Accelerator]) -> None:
    """The budget on the kind of GPU that has the least room; all of them must have enough."""
    server, wanted = account.server, model.concurrency
    budgets = [budget(shape, launch, Gpu.of(kind, server.profile)) for kind in kinds]
    worst = min(budgets, key=lambda one: one.room)
    account.sizes = _sizes(worst, launch, wanted)
    account.context, account.wanted = worst.context, wanted
    account.requests = worst.requests()
    account.longest = worst.cache.longest(worst.room, wanted, shape.positions)
    if not launch.automatic:
        account.hold_to(model, ("--max-model-len", launch.context), ("--max-num-seqs", launch.sequences))
    if model.images and launch.images != model.images:
        problem = f"prompts may hold {launch.images} images, and {model.images} are declared"
        account.breaks(DECLARED, problem, server.place("--limit-mm-per-prompt"))
    if worst.context > shape.positions:
        account.too_long(worst.context, shape.positions, "--max-model-len")
    if not worst.fits_beside:
        _beside(account, worst)
    short = _short(worst, wanted)
    if short is not None:
        rule, problem, flag = short
        place = server.place(flag) if flag else (*server.at, "resources", "limits", server.device[0])
        account.breaks(rule, problem, place, fix=_advice(account, model, shape, launch, worst))
    elif worst.cache.requests(worst.room - worst.margin, worst.context) < wanted:
        left = worst.room - wanted * worst.needed
        problem = f"{gib(left)} of one {worst.gpu.name} are left, and the estimate may be {gib(worst.margin)} off"
        account.breaks(TIGHT, problem, server.place("--max-model-len"))


def _beside(account: Account, worst: Budget) -> None:
    problem = (
        f"takes {gib(worst.requested)} of one {worst.gpu.name} with {gib(worst.gpu.total)}, and {gib(worst.outside)} beside that "
        "are needed"
    )
    share = int((worst.gpu.total - worst.outside) / worst.gpu.total * 100) / 100
    fix = f"Set --gpu-memory-utilization={share:.2f} at most."
    account.breaks(UTILIZATION, problem, account.server.place("--gpu-memory-utilization"), fix=fix)


def _short(worst: Budget, wanted: int) -> tuple[Rule, str, str] | None:
    """What there is too little room for: the rule, by how much, and the flag that says so; of weights, no flag does."""
    of_one = f"of one {worst.gpu.name}"
    if worst.room <= 0:
        besides = worst.requested - worst.room - worst.weights
        problem = (
            f"{gib(worst.weights)} of weights and {gib(besides)} besides are {gib(-worst.room)} more than the "
            f"{gib(worst.requested)} that vLLM takes {of_one}"
        )
        return WEIGHTS, problem, ""
    has = f"and the cache has {gib(worst.room)} {of_one}"
    if worst.room < worst.needed:
        return CONTEXT, f"one request of {worst.context} tokens takes {gib(worst.needed)}, {has}", "--max-model-len"
    if worst.requests() < wanted:
        take = f"{wanted} requests of {worst.context} tokens take {gib(wanted * worst.needed)}"
        return CONCURRENCY, f"{take}, {has}: room for {worst.requests():.1f}", "--max-num-seqs"
    return None


def _advice(account: Account, model: Model, shape: Shape, launch: Launch, worst: Budget) -> str:
    """A way out in numbers: the context that would fit, and the cheapest GPUs that hold what is asked for."""
    wanted, longest = model.concurrency, account.longest or 0
    alone = worst.cache.longest(worst.room, 1, shape.positions)
    choices = []
    if longest:
        also = f" ({alone} for one)" if alone > longest else ""
        choices.append(f"take a context of at most {longest} tokens for {wanted} at once{also}")
    elif alone:
        choices.append(f"take a context of at most {alone} tokens for one at once")
    larger = _hardware(model, shape, replace(launch, context=worst.context))
    if larger:
        choices.append(f"`hardware: {larger}`")
    told = ", or ".join(choices) or "no GPUs of one node hold it: spread it over several nodes"
    return f"{told[0].upper()}{told[1:]}."


def _hardware(model: Model, shape: Shape, launch: Launch) -> str:
    """The cheapest GPUs of one node that hold the model as it is asked for; what is sold by reservation only comes last."""
    fitting = []
    for kind in accelerators().values():
        for count in _COUNTS if kind.vendor == "nvidia" and shape.dtype in kind.dtypes else ():
            if count > kind.most_per_node or model.architecture.uneven(count):
                continue
            found = budget(shape, replace(launch, tensor=count, pipeline=1, nodes=1), Gpu.of(kind))
            if found.starts and found.requests() >= model.concurrency:
                price = kind.usd_per_hour(count)
                fitting.append(
                    (price is None, price or 0, count * kind.memory_mib, f"{{gpu: {kind.name}, count: {count}}}")
                )
    return min(fitting)[-1] if fitting else ""


def _sizes(one: Budget, launch: Launch, wanted: int) -> dict[str, int]:
    return {
        "memory": one.gpu.total,
        "usable": one.requested,
        "weights": one.weights,
        **({"adapters": one.lora} if launch.lora else {}),
        "activations": one.activations,
        "libraries": one.non_torch,
        "CUDA graphs": one.graphs,
        "KV cache": one.room,
        "declared": wanted * one.needed,
    }
