"""`make bench`: how long synth and check take, and what plain cdk8s takes for the same objects in the same run.

Times differ from machine to machine and from minute to minute; the ratio is what counts. Nothing here is asserted by a test.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

from groundwork.tree.reader import read_tree

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = "prod-us-east-1"
PLAIN = Path(__file__).with_name("bench_plain_cdk8s.py")
PROOFS = Path(__file__).with_name("bench_proofs.py")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run: wall seconds and the peak of memory, summed over all processes so that shared pages count once."""

    seconds: float
    megabytes: float
    output: str


def measure(command: Sequence[str | Path], folder: Path) -> Measured:
    """Run a command and watch its processes."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(psutil.Process(process.pid), peak))
    watcher.start()
    output, _ = process.communicate()
    seconds = time.perf_counter() - began
    watcher.join()
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(map(str, command))} exited with {process.returncode}")
    return Measured(seconds=seconds, megabytes=peak[0], output=output)


def _watch(process: psutil.Process, peak: list[float]) -> None:
    while True:
        try:
            family = [process, *process.children(recursive=True)]
            peak[0] = max(peak[0], sum(_proportional(one) for one in family) / 2**20)
            if process.status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.Error:
            return
        time.sleep(0.1)


def _proportional(process: psutil.Process) -> int:
    try:
        return int(getattr(process.memory_full_info(), "pss", 0))
    except psutil.Error:
        return 0


def fleet_of(clusters: int, folder: Path) -> None:
    """A repository with so many copies of a reference cluster, each in an account of its own."""
    shutil.copy(ROOT / "fleet.yaml", folder)
    shutil.copytree(ROOT / "apps", folder / "apps")
    (folder / "clusters").mkdir()
    body = yaml.safe_load((ROOT / "clusters" / f"{TEMPLATE}.yaml").read_text())
    for file in (folder / "apps/tenants").iterdir():
        if file.stem not in body["tenants"]:  # it may call what other clusters alone carry
            file.unlink()
    for number in range(clusters):
        name = f"bench-{number:03}"
        one = body | {"name": name, "account": f"{10**11 + number}"}
        (folder / "clusters" / f"{name}.yaml").write_text(yaml.safe_dump(one))


def ours(folder: Path, *arguments: str) -> Measured:
    """`groundwork` in a repository."""
    return measure([Path(sys.executable).with_name("groundwork"), *arguments], folder)


def edit_one_component(folder: Path) -> Measured:
    """A synth after a change of one component's code: a copy of the package stands in for the working folder's."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "repository"
        ignored = shutil.ignore_patterns(".venv", ".git", "node_modules", ".mypy_cache", ".ruff_cache", "generated")
        shutil.copytree(folder, copy, ignore=ignored)
        run = [sys.executable, "-m", "groundwork.cli", "synth"]
        environment = {**os.environ, "PYTHONPATH": f"{copy}:{copy / 'platform'}"}
        subprocess.run(run, cwd=copy, env=environment, check=True, stdout=subprocess.DEVNULL)
        component = copy / "platform/groundwork/components/gateway/litellm.py"
        component.write_text(component.read_text().replace('cpu="500m"', 'cpu="600m"'))
        os.environ["PYTHONPATH"] = environment["PYTHONPATH"]
        try:
            return measure(run, copy)
        finally:
            del os.environ["PYTHONPATH"]


def plain(folder: Path) -> Measured:
    """The same objects through plain cdk8s: typed classes where it has them, its own writer."""
    tree = read_tree(folder / "generated")
    objects = folder / "objects.json"
    objects.write_text(json.dumps([manifest.body for manifest in tree]))
    return measure([sys.executable, PLAIN, objects, folder / "plain"], folder)


def rows() -> Iterator[tuple[str, int, Measured, Measured | None]]:
    """What is measured: name, objects, our run, plain cdk8s' run."""
    objects = len(read_tree(ROOT / "generated"))
    yield "reference fleet, nothing changed", objects, ours(ROOT, "synth"), None
    yield "reference fleet, one component edited", objects, edit_one_component(ROOT), None
    yield "reference fleet, check", objects, ours(ROOT, "check", "--format", "json"), None
    for clusters in (10, 100):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            fleet_of(clusters, folder)
            cold = ours(folder, "synth", "--no-cache")
            objects = len(read_tree(folder / "generated"))
            yield f"{clusters} clusters, cold", objects, cold, plain(folder)
            yield f"{clusters} clusters, check", objects, ours(folder, "check", "--format", "json"), None


def main() -> None:
    """Print the table."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    print(
        f"{'':38}  {'objects':>7}  {'seconds':>7}  {'objects/s':>9}  {'MB':>5}  {'plain cdk8s: s':>14}  {'MB':>5}  {'ratio':>6}"
    )
    for name, objects, run, other in rows():
        line = f"{name:38}  {objects:7}  {run.seconds:7.2f}  {objects / run.seconds:9.0f}  {run.megabytes:5.0f}"
        if other is not None:
            line += f"  {other.seconds:14.2f}  {other.megabytes:5.0f}  {other.seconds / run.seconds:5.1f}x"
        print(line, flush=True)
    print(flush=True)
    subprocess.run([sys.executable, PROOFS], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
