"""Adapters beside a model's server: kept in step with their declaration while it runs, by a container that it trusts alone.

vLLM loads an adapter when it is told to, over HTTP, by anybody who reaches its port. So its port answers others on the paths
that they need, and everything else only to the pod itself (scripts/closed.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from groundwork.catalog.quantities import memory_text
from groundwork.components.serving import weights
from groundwork.fleet.model import Model
from groundwork.fleet.site import Site
from groundwork.kube import aws
from groundwork.kube.images import own_image
from groundwork.kube.pods import Probes, Resources, Volume
from groundwork.kube.ports import Port
from groundwork.kube.workload import Sidecar

__all__ = ["beside", "declared", "flags", "kept", "listing", "missing"]

_SCRIPT = Path(__file__).with_name("scripts") / "closed.py"
_FOLDER = "/adapters"
_LISTING = "/etc/adapters"
_METRICS = Port.metrics_only(8081, name="adapters")
_GI = 1024**3
_MI = 1024**2
# Adapters that one batch may mix, and that stay in memory. More may be declared; they are read from the disk again.
_AT_ONCE, _IN_MEMORY = 4, 16
# A small rank keeps no memory worth saving, and a higher one that comes later would restart the servers.
_LEAST_RANK = 32


def flags(model: Model) -> list[str]:
    """None of these follows from the number of adapters, so that a new one restarts nothing."""
    rank = max(_LEAST_RANK, *(one.rank for one in model.adapters))
    return [
        "--enable-lora",
        f"--max-loras={_AT_ONCE}",
        f"--max-cpu-loras={_IN_MEMORY}",
        f"--max-lora-rank={rank}",
        "--middleware=closed.Closed",
    ]


def beside(site: Site, model: Model, pods: Mapping[str, Any], server: int) -> dict[str, Any]:
    """The same pods with the container that loads, what both see, and the door that is closed. `server` is the port."""
    folder = Volume.scratch("adapters", _FOLDER, memory_text(Fraction(_room(model))))
    loader = Sidecar(
        name="adapters",
        image=own_image(site, "s5cmd"),
        resources=Resources(cpu="100m", memory="256Mi", scratch=memory_text(Fraction(_room(model) + _GI))),
        ports=[_METRICS],
        command=["python", "-m", "weights"],
        args=[
            "adapters",
            f"{_LISTING}/adapters.json",
            _FOLDER,
            f"--server=http://127.0.0.1:{server}",
            f"--metrics={_METRICS.number}",
        ],
        env={"AWS_REGION": site.cluster.region},
        # Ready after a first round, whatever came of it: an adapter that is not there keeps no model from answering.
        probes=Probes.command("test", "-f", f"{_FOLDER}/.ready", within=7200),
        volumes=[folder, Volume.config_map("adapters-declared", _LISTING, listing(model))],
    )
    return {
        **pods,
        "sidecars": [loader],
        "volumes": [*pods["volumes"], folder],
        "config": {"closed.py": _SCRIPT.read_text()},
        "env": {**pods["env"], "PYTHONPATH": "/etc/groundwork", "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"},
    }


def listing(model: Model) -> str:
    """The name of the ConfigMap that says which adapters there are; running pods see it change."""
    return f"{model.name}-adapters"


def declared(site: Site, model: Model) -> dict[str, str]:
    """The ConfigMap's content."""
    bucket = aws.bucket_name(site, weights.BUCKET)
    places = [
        {"name": one.name, "source": f"s3://{bucket}/{model.name}/adapters/{one.name}/{one.revision}/"}
        for one in sorted(model.adapters, key=lambda one: one.name)
    ]
    return {"adapters.json": json.dumps(places, indent=2)}


def missing(model: Model) -> str:
    """PromQL: replicas that have fewer adapters than are declared."""
    of_model = f'{{service="{model.name}"}}'
    return f"groundwork_adapters_loaded{of_model} < groundwork_adapters_wanted{of_model}"


def kept(model: Model) -> int:
    """Bytes of host memory for the adapters that stay there, in 16 bit."""
    return _IN_MEMORY * _values(model) * 2 if model.adapters else 0


def _room(model: Model) -> int:
    """Bytes for the adapters on the disk, in 32 bit, sixteen of them at the least."""
    return -(-max(_IN_MEMORY, 2 * len(model.adapters)) * _values(model) * 4 // _MI) * _MI


def _values(model: Model) -> int:
    """How many values an adapter has: of all linear layers, at the highest rank."""
    shape = model.architecture
    rank = max(_LEAST_RANK, *(one.rank for one in model.adapters))
    # Seven matrices a layer, the widest about four times the hidden size; both halves of each.
    return shape.layers * 7 * rank * 5 * shape.hidden
