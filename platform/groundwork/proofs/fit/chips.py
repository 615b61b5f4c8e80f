"""vLLM on Neuron chips, and llama.cpp on cores: is there memory for what they are told to serve?"""

from __future__ import annotations

from groundwork.catalog.accelerators import Accelerator
from groundwork.fleet.model import Model
from groundwork.proofs.fit.account import Account, gib
from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.llamacpp import LlamaBudget
from groundwork.proofs.fit.neuron import core_budget
from groundwork.proofs.fit.rules import CONCURRENCY, WEIGHTS
from groundwork.proofs.fit.shape import Shape

__all__ = ["judge_cores", "judge_llama"]


def judge_cores(account: Account, model: Model, shape: Shape, launch: Launch, chip: Accelerator) -> None:
    """The cache of a Neuron core is compiled in, for all sequences at full length."""
    one = core_budget(shape, launch, chip)
    server, wanted = account.server, model.concurrency
    account.sizes = {
        "memory": one.total,
        "weights": one.weights,
        "programs": one.programs,
        "KV cache": one.room,
        "declared": one.reserved,
    }
    account.context, account.wanted, account.requests = one.context, wanted, one.requests()
    account.longest = one.cache.longest(one.room, wanted, shape.positions)
    account.hold_to(model, ("--max-model-len", launch.context), ("--max-num-seqs", launch.sequences))
    shorter = f"Take a context of at most {account.longest} tokens, or more chips." if account.longest else None
    if one.context > shape.positions:
        account.too_long(one.context, shape.positions, "--max-model-len")
    if one.room <= 0:
        problem = f"{gib(one.weights)} of weights leave nothing of a core with {gib(one.total)}"
        account.breaks(WEIGHTS, problem, (*server.at, "resources"), fix="Take more chips.")
    elif not one.starts:
        problem = f"a cache of {one.sequences} x {one.context} tokens takes {gib(one.reserved)} of each core, and {gib(one.room)} are left"
        account.breaks(CONCURRENCY, problem, server.place("--max-model-len"), fix=shorter)


def judge_llama(account: Account, model: Model, shape: Shape, one: LlamaBudget, limit: int | None) -> None:
    """Context and slots of llama.cpp; whether the container has the memory is asked of every engine."""
    account.sizes = {"weights": one.weights, "activations": one.computing, "declared": one.cache}
    account.context, account.wanted = one.context, model.concurrency
    if limit is not None:
        room = limit - one.weights - one.computing
        account.sizes |= {"memory": limit, "KV cache": room}
        account.longest = one.longest(limit, model.concurrency, shape.positions)
        account.requests = max(0, room) / (one.per_token * one.context) if one.per_token else None
    account.hold_to(model, ("--ctx-size", one.context), ("--parallel", one.slots))
    if one.context > shape.positions:
        account.too_long(one.context, shape.positions, "--ctx-size")
