"""`groundwork synth`: bring generated/ up to date with the declarations."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

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
    for render, seconds in render_fleet(root, stale, use_cache=use_cache, cdk8s_output=cdk8s_output):
        yield _write(render, seconds, target, Record(records, render.cluster), state)
    if clusters is None:
        yield from _remove_undeclared(target, names)


def render_fleet(
    root: Path, clusters: Sequence[str], *, use_cache: bool = True, cdk8s_output: Path | None = None
) -> Iterator[tuple[ClusterRender, float]]:
    """Render clusters without writing them, in as many processes as there are cores; with the seconds that each took.

    Raises:
        FleetError: the declarations are not valid.
    """
    if not clusters:
        return
    # Imported here: a run that finds nothing changed pays for neither the declarations' types nor cdk8s.
    from groundwork.fleet.loader import load

    fleet = load(root)
    sites = [fleet.site(name) for name in clusters]
    workers = min(len(sites), os.cpu_count() or 1)
    if workers == 1:
        yield from (_render(root, site, use_cache, cdk8s_output) for site in sites)
        return
    # Spawned, not forked: each worker starts a Node process of its own, which a fork would share.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_render, root, site, use_cache, cdk8s_output) for site in sites]
        for future in as_completed(futures):
            yield future.result()


def _render(root: Path, site: Site, use_cache: bool, cdk8s_output: Path | None) -> tuple[ClusterRender, float]:
    began = time.perf_counter()
    from groundwork.render.cache import Cache
    from groundwork.render.cluster import render_cluster

    outdir = str(cdk8s_output / site.name) if cdk8s_output else None
    if not use_cache or outdir:
        render = render_cluster(site, outdir=outdir)
    else:
        render = render_cluster(site, cache=Cache(root / ".cache" / "render" / "components", site))
    return render, time.perf_counter() - began


def _write(render: ClusterRender, seconds: float, target: Path, record: Record, state: str) -> Outcome:
    began = time.perf_counter()
    files: Mapping[PurePosixPath, bytes] = {path: text.encode() for path, text in render.files.items()}
    written = write_folder(target / render.cluster, files)
    record.write(state, files, render.objects)
    return Outcome(
        cluster=render.cluster,
        objects=render.objects,
        files=written,
        seconds=seconds + time.perf_counter() - began,
        rendered=len(render.components) - len(render.cached),
        cached=len(render.cached),
    )


def _remove_undeclared(target: Path, names: Sequence[str]) -> Iterator[Outcome]:
    if not target.is_dir():
        return
    recover(target)
    for folder in sorted(target.iterdir()):
        if folder.is_dir() and folder.name not in names:
            written = write_folder(folder, {})
            folder.rmdir()
            yield Outcome(cluster=folder.name, objects=0, files=written, seconds=0, rendered=0, cached=0)
