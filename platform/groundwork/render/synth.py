"""`groundwork synth`: bring generated/ up to date with the declarations."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from groundwork.render.fingerprint import Record, fingerprint
from groundwork.tree.writer import Written, recover, write_folder

if TYPE_CHECKING:
    from groundwork.fleet.site import Site
    from groundwork.render.cluster import ClusterRender

__all__ = ["Outcome", "cluster_names", "render_fleet", "synth"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a synth did to one cluster."""

    cluster: str
    objects: int
    files: Written
    seconds: float
    rendered: int
    cached: int


def cluster_names(root: Path) -> list[str]:
    """The clusters that are declared, by their files' names."""
    return sorted(file.stem for file in (root / "clusters").glob("*.yaml"))


def synth(
    root: Path,
    *,
    out: Path | None = None,
    clusters: Sequence[str] | None = None,
    use_cache: bool = True,
    cdk8s_output: Path | None = None,
) -> Iterator[Outcome]:
    """Render clusters into `out` (generated/ unless told otherwise), giving each outcome as soon as it is there.

    Clusters that are no longer declared lose their folder, unless only some were asked for.

    Raises:
        FleetError: the declarations are not valid; nothing has been written.
        RenderError, LookupError, ValueError: what follows from them is not; clusters given before are written.
    """
    target = out or root / "generated"
    records = root / ".cache" / "render"
    names = cluster_names(root)
    state = fingerprint(root)
    stale = []
    for name in clusters or names:
        began = time.perf_counter()
        objects = Record(records, name).describes(state, target / name) if use_cache and not cdk8s_output else None
        if objects is None:
            stale.append(name)
            continue
        files = sum(1 for file in (target / name).rglob("*") if file.is_file())
        nothing = Written(written=0, unchanged=files, removed=0)
        yield Outcome(
            cluster=name,
            objects=objects,
            files=nothing,
            seconds=time.perf_counter() - began,
            rendered=0,
            cached=0,
        )
    recover(target)
    yield from _in_workers(
        root, stale, _Job(root=root, target=target, state=state, use_cache=use_cache, cdk8s=cdk8s_output)
    )
    if clusters is None:
        yield from _remove_undeclared(target, names)


def render_fleet(root: Path, clusters: Sequence[str], *, use_cache: bool = True) -> Iterator[ClusterRender]:
    """Render clusters without writing them.

    Raises:
        FleetError: the declarations are not valid.
    """
    yield from _in_workers(root, clusters, _Job(root=root, target=None, state="", use_cache=use_cache, cdk8s=None))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    """What a worker does with each cluster: render it and, where there is a target, write it."""

    root: Path
    target: Path | None
    state: str
    use_cache: bool
    cdk8s: Path | None

    def __call__(self, site: Site) -> Any:
        began = time.perf_counter()
        render = self._render(site)
        return render if self.target is None else self._write(self.target, render, began)

    def _render(self, site: Site) -> ClusterRender:
        from groundwork.render.cache import Cache
        from groundwork.render.cluster import render_cluster

        if self.cdk8s is not None:
            return render_cluster(site, outdir=str(self.cdk8s / site.name))
        if not self.use_cache:
            return render_cluster(site)
        return render_cluster(site, cache=Cache(self.root / ".cache" / "render" / "components", site))

    def _write(self, target: Path, render: ClusterRender, began: float) -> Outcome:
        files: Mapping[PurePosixPath, bytes] = {path: text.encode() for path, text in render.files.items()}
        written = write_folder(target / render.cluster, files)
        Record(self.root / ".cache" / "render", render.cluster).write(self.state, files, render.objects)
        return Outcome(
            cluster=render.cluster,
            objects=render.objects,
            files=written,
            seconds=time.perf_counter() - began,
            rendered=len(render.components) - len(render.cached),
            cached=len(render.cached),
        )


# A Node process keeps every object that it has ever made; after so many clusters a worker starts afresh.
_CLUSTERS_PER_WORKER = 10
_FEW_CLUSTERS = 4


def _in_workers(root: Path, clusters: Sequence[str], job: _Job) -> Iterator[Any]:
    """Do the job for each cluster, in as many processes as there are cores; results as they come."""
    if not clusters:
        return
    # Imported here: a run that finds nothing changed pays for neither the declarations' types nor cdk8s.
    from groundwork.fleet.loader import load

    fleet = load(root)
    sites = [fleet.site(name) for name in clusters]
    workers = 1 if _mostly_cached(root, clusters, job) else min(len(sites), os.cpu_count() or 1)
    if workers == 1:
        yield from map(job, sites)
        return
    # Spawned, not forked: each worker starts a Node process of its own, which a fork would share.
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=_CLUSTERS_PER_WORKER) as pool:
        for future in as_completed([pool.submit(job, site) for site in sites]):
            yield future.result()


def _mostly_cached(root: Path, clusters: Sequence[str], job: _Job) -> bool:
    """After an edit few components are rendered: starting cdk8s once takes less time than starting it in every worker."""
    folder = root / ".cache" / "render" / "components"
    return job.use_cache and len(clusters) <= _FEW_CLUSTERS and all((folder / name).is_dir() for name in clusters)


def _remove_undeclared(target: Path, names: Sequence[str]) -> Iterator[Outcome]:
    if not target.is_dir():
        return
    recover(target)
    for folder in sorted(target.iterdir()):
        if folder.is_dir() and folder.name not in names:
            written = write_folder(folder, {})
            folder.rmdir()
            yield Outcome(cluster=folder.name, objects=0, files=written, seconds=0, rendered=0, cached=0)
