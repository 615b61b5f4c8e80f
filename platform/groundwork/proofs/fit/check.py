"""Every model server gets a verdict: it fits, it does not and by how much, or nobody can say and why."""

from __future__ import annotations

from collections.abc import Iterator

from groundwork.catalog.accelerators import Accelerator
from groundwork.catalog.instances import InstanceType
from groundwork.findings import Finding
from groundwork.fleet.model import Model
from groundwork.proofs.fields import mapping
from groundwork.proofs.fit import host, room
from groundwork.proofs.fit.account import Account
from groundwork.proofs.fit.chips import judge_cores, judge_llama
from groundwork.proofs.fit.gpus import judge_budget, judge_division, judge_processes
from groundwork.proofs.fit.launch import Launch, read_launch, version_of
from groundwork.proofs.fit.llamacpp import LlamaLaunch, llama_budget
from groundwork.proofs.fit.machines import machines
from groundwork.proofs.fit.rules import UNDECIDED
from groundwork.proofs.fit.servers import Server, servers
from groundwork.proofs.fit.shape import Shape
from groundwork.proofs.world import World

__all__ = ["accounts", "check"]

_NOWHERE = "no NodePool buys a machine for it"
_LLAMA_FLAGS = ("--ctx-size", "--parallel", "--ubatch-size", "--cache-type-k", "--cache-type-v")


def check(world: World) -> Iterator[Finding]:
    """What is wrong with the model servers of a cluster."""
    found = accounts(world)
    for account in found:
        yield from account.alone
    if world.intent is None and found:
        names = ", ".join(dict.fromkeys(one.server.name for one in found))
        problem = f"the declarations are not at hand, and without its architecture no model's memory is known: {names}"
        fix = "Run this inside the repository that holds apps/models/."
        yield found[0].server.pods.source.breaks(UNDECIDED, problem, fix=fix)


def accounts(world: World) -> list[Account]:
    """The account of every model server of a cluster."""
    return [_account(server, world) for server in servers(world)]


def _account(server: Server, world: World) -> Account:
    model = _declared(server, world)
    account = Account(server=server, model=model)
    shape = Shape.of(model) if model else None
    match server.engine:
        case "vllm" | "neuron":
            _vllm(account, shape, world)
        case "llama.cpp" | "ray":
            _llama(account, shape)
        case _:
            account.undecided = f"the arithmetic knows vLLM and llama.cpp, not {server.image or 'its engine'}"
    if shape is not None:
        room.judge_disk(account, shape.weights, world)
    elif not account.undecided:
        account.undecided = "no model is declared with its architecture under any name that it is given"
    # Without declarations it is said once for the cluster.
    if account.undecided and (world.intent is not None or server.engine == "unknown"):
        fix = "`groundwork placement` says why." if account.undecided == _NOWHERE else None
        account.breaks(UNDECIDED, account.undecided, server.at, fix=fix)
    return account


def _declared(server: Server, world: World) -> Model | None:
    if world.intent is None:
        return None
    found = (world.intent.model(name, world.cluster) for name in server.names)
    return next((model for model in found if model), None)


def _vllm(account: Account, shape: Shape | None, world: World) -> None:
    server, model = account.server, account.model
    launch = read_launch(server.line, version_of(server.image))
    where = machines(world, server)
    kinds = list({kind.name: kind for kind, _ in where}.values())
    account.runs_on = _runs_on(server, where)
    if launch.beyond:
        account.undecided = f"the arithmetic does not cover {', '.join(launch.beyond)}"
        return
    on_neuron = server.engine == "neuron"
    # How many cores a Neuron chip has is known only with the machine.
    if on_neuron and not kinds:
        account.undecided = _NOWHERE
        return
    starts = judge_processes(account, launch, kinds[0].cores if on_neuron and not server.by_core else 1)
    # One process leads all cores of Neuron chips; GPUs have one each.
    processes = 1 if on_neuron else max(1, launch.world // launch.nodes)
    room.judge_shared_memory(account, host.shared_memory(processes))
    if shape is None or model is None:
        return
    room.judge_memory(account, host.neuron_memory(shape) if on_neuron else host.vllm_memory(shape, launch, processes))
    account.undecided = _uncovered(launch, shape, kinds) if starts else ""
    if account.undecided:
        return
    divided = [judge_division(account, model, shape, launch, kind) for kind in kinds]
    if not starts or not all(divided):
        return
    if on_neuron:
        judge_cores(account, model, shape, launch, min(kinds, key=lambda one: one.usable_mib // one.cores))
    else:
        judge_budget(account, model, shape, launch, kinds)


def _uncovered(launch: Launch, shape: Shape, kinds: list[Accelerator]) -> str:
    """Why nobody can say; empty where somebody can. Of quantised weights, the flag only repeats what their files say."""
    if not kinds:
        return _NOWHERE
    if launch.quantization not in ("", "fp8") and not shape.quantized:
        return f"the arithmetic does not cover --quantization={launch.quantization}"
    if launch.data > 1:
        return "the arithmetic does not cover data parallelism"
    if shape.image_tokens and launch.videos != 0 and not launch.text_only:
        return 'nobody knows what the longest video takes; say `--limit-mm-per-prompt={"video": 0}`'
    return ""


def _runs_on(server: Server, where: list[tuple[Accelerator, InstanceType]]) -> str:
    """The devices of a replica, which may have several pods."""
    if not where:
        return ""
    kinds = " or ".join(dict.fromkeys(kind.name for kind, _ in where))
    slices = f" {server.profile}" if server.profile else ""
    pods = f"{server.group} x " if server.group > 1 else ""
    return f"{pods}{server.device[1]} x {kinds}{slices}"


def _llama(account: Account, shape: Shape | None) -> None:
    server, model = account.server, account.model
    if shape is None or model is None:
        return
    if server.engine == "ray":
        launch = LlamaLaunch.of_ray(server.settings)
    else:
        flags = {flag: list(server.values(flag)) for flag in _LLAMA_FLAGS}
        embeds = "--embeddings" in server.line or "--embedding" in server.line
        # Only an encoder keeps no cache; a decoder that embeds does.
        launch = LlamaLaunch.read(flags, embeds=embeds and model.embeds)
    account.runs_on = f"{mapping(server.container, 'resources', 'requests').get('cpu', '?')} cores"
    budget = llama_budget(shape, launch)
    limit = server.limits.get("memory")
    if server.engine == "ray":
        shared = _object_store(server)
        room.judge_shared_memory(account, shared)
        room.judge_memory(account, host.ray_memory(budget.needed, shared))
    else:
        room.judge_memory(account, budget.needed)
    judge_llama(account, model, shape, budget, limit)


def _object_store(server: Server) -> int:
    """Bytes that the workers of a RayService keep in /dev/shm, as their start parameters say."""
    group = server.pods.at[:-2]
    found = mapping(server.pods.source.body, *group, "rayStartParams").get("object-store-memory", "")
    return int(found) if isinstance(found, str) and found.isdecimal() else 0
