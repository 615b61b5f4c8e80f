"""What a server needs of its node besides accelerators: memory while it loads and serves, shared memory, disk."""

from __future__ import annotations

from dataclasses import dataclass

from groundwork.proofs.fit.launch import Launch
from groundwork.proofs.fit.memory import lora_bytes
from groundwork.proofs.fit.shape import Shape

__all__ = ["Need", "neuron_memory", "ray_memory", "shared_memory", "vllm_memory"]

_GI = 1024**3
_MI = 1024**2
# Weights are read through the page cache, which the kernel drops: a process keeps 3 to 6 GiB, 3.6 to 4 were seen of one alone.
_SERVER, _PROCESS = _GI, 3 * _GI
# Pictures that were prepared once (`mm_processor_cache_gb`).
_PICTURES = 4 * _GI
# A message queue is 160 MiB, and NCCL has rings for every neighbour; 2 GiB for two processes are known to be plenty.
_SHARED_BY_PROCESS = 512 * _MI
# Compiling and laying out for the cores holds all weights twice. General knowledge, SDK 2.31.
_NEURON_COPIES = 2
# The raylet, its agents, Serve's proxy and the process of a replica.
_RAY = 2 * _GI


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """So many bytes needed, so many there; `has` is None where nothing limits it."""

    needed: int
    has: int | None

    @property
    def met(self) -> bool:
        return self.has is None or self.has >= self.needed


def vllm_memory(shape: Shape, launch: Launch, processes: int) -> int:
    """Bytes of the server and its processes on one node, with what they hand each other and what is kept off the GPUs."""
    pictures = 0 if launch.text_only or launch.images == 0 or not shape.image_tokens else _PICTURES
    whole = Launch(lora=launch.lora, loras=launch.loras_in_memory or launch.loras, lora_rank=launch.lora_rank)
    kept = lora_bytes(shape, whole) + launch.cache_offloaded + processes * launch.offloaded
    return _SERVER + processes * _PROCESS + shared_memory(processes) + pictures + kept


def neuron_memory(shape: Shape) -> int:
    """Bytes while a program is compiled and weights are laid out for the cores."""
    return _SERVER + _NEURON_COPIES * shape.weights


def ray_memory(server: int, shared: int) -> int:
    """Bytes of a worker of Ray: a server beside Ray's own processes, and the objects that they share."""
    return server + _RAY + shared


def shared_memory(processes: int) -> int:
    """Bytes of /dev/shm; one process alone has nobody to share with."""
    return processes * _SHARED_BY_PROCESS if processes > 1 else 0
