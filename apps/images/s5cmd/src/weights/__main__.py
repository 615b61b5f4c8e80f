"""A model's weights: from S3 to the node's disk, every file held to the manifest that the import wrote last.

`copy` brings one model to a folder. A file gets its own name there only when its checksum is right, so what a restarted
container finds is whole and is not copied again. `await` waits until the manifests of several models exist. `adapters` keeps
those of a running server in step with a list that may change.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from weights.adapters import Adapters, keep, serve_metrics

MANIFEST = "groundwork-manifest.json"
_INCOMING = ".incoming"
_S5CMD = os.environ.get("S5CMD", "/s5cmd")
_ATTEMPTS = 3
_POLL = 15
_MB = 1_000_000


class WeightsError(RuntimeError):
    """The weights are not here, and why."""


class NotImportedError(WeightsError):
    """The bucket has no manifest: nobody has imported the model, or not all of it."""


@dataclass(frozen=True)
class File:
    """A file of a model, as the manifest has it."""

    name: str
    size: int
    sha256: str


def manifest(source: str) -> list[File]:
    """The files of a model.

    Raises:
        NotImportedError: there is no manifest.
        WeightsError: S3 does not answer, or the manifest is not one.
    """
    done = subprocess.run([_S5CMD, "cat", f"{source}/{MANIFEST}"], check=False, capture_output=True, text=True)
    if done.returncode:
        if "NoSuchKey" in done.stderr or "not found" in done.stderr:
            raise NotImportedError(
                f"{source} has no {MANIFEST}: its import is not finished, look at the Job import-..."
            )
        raise WeightsError(f"S3 does not give {source}/{MANIFEST}: {done.stderr.strip()}")
    try:
        files = [
            File(str(one["name"]), int(one["size"]), str(one["sha256"])) for one in json.loads(done.stdout)["files"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{source}/{MANIFEST} is not a manifest: {error!r}") from None
    for file in files:
        path = PurePosixPath(file.name)
        if path.is_absolute() or ".." in path.parts or path.parts[:1] == (_INCOMING,):
            raise WeightsError(f"{source}/{MANIFEST} names {file.name!r}, which is outside the model's folder")
    return files


class Copy:
    """One model on its way to a folder."""

    def __init__(self, source: str, folder: Path, within: float) -> None:
        self.source, self.folder = source, folder
        self.within = within
        self.started = time.monotonic()

    def run(self, workers: int) -> None:
        """Copy what is missing, several files at once, the largest first.

        Raises:
            WeightsError: a file cannot be had whole, the disk is too small, or time is up.
        """
        files = manifest(self.source)
        # What a killed copy left half done.
        shutil.rmtree(self.folder / _INCOMING, ignore_errors=True)
        missing = sorted((one for one in files if not self._is_here(one)), key=lambda one: -one.size)
        wanted = sum(one.size for one in missing)
        say(f"{len(files) - len(missing)} of {len(files)} files are here, {wanted / _MB:,.0f} MB to copy")
        self._fits(wanted)
        with ThreadPoolExecutor(workers) as pool:
            copies = [pool.submit(self._file, one) for one in missing]
            try:
                for copy in copies:
                    copy.result()
            except WeightsError:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        seconds = time.monotonic() - self.started
        say(
            f"all {len(files)} files are here and right, after {seconds:.0f} s ({wanted / _MB / max(seconds, 1):,.0f} MB/s)"
        )

    def _is_here(self, file: File) -> bool:
        path = self.folder / file.name
        return path.is_file() and path.stat().st_size == file.size

    def _fits(self, wanted: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder).free
        if free < wanted:
            raise WeightsError(f"the node's disk has {free / _MB:,.0f} MB left, {wanted / _MB:,.0f} MB are missing")

    def _file(self, file: File) -> None:
        """Copy a file beside its place, and give it its name when its checksum is right."""
        part = self.folder / _INCOMING / file.name
        problem = ""
        for _ in range(_ATTEMPTS):
            problem = self._fetch(file, part)
            if not problem:
                target = self.folder / file.name
                target.parent.mkdir(parents=True, exist_ok=True)
                part.replace(target)
                return
            say(f"{file.name}: {problem}")
            part.unlink(missing_ok=True)
        raise WeightsError(f"{file.name} cannot be had whole in {_ATTEMPTS} attempts: {problem}")

    def _fetch(self, file: File, part: Path) -> str:
        """Copy a file once. Returns what is wrong with it, or nothing."""
        part.parent.mkdir(parents=True, exist_ok=True)
        command = [_S5CMD, "--log", "error", "cp", "--concurrency", "8", f"{self.source}/{file.name}", str(part)]
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=self._left())
        except subprocess.TimeoutExpired:
            raise WeightsError(
                f"not done after {self.within:.0f} s: S3 or the disk is slower than planned for"
            ) from None
        if done.returncode:
            return f"S3 says: {done.stderr.strip()}"
        with part.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        return "" if found == file.sha256 else f"its checksum is {found}, the manifest says {file.sha256}"

    def _left(self) -> float:
        return max(0.0, self.started + self.within - time.monotonic())


def await_imports(sources: Sequence[str], within: float) -> None:
    """Wait until every model has its manifest.

    Raises:
        WeightsError: time is up, or S3 does not answer.
    """
    end = time.monotonic() + within
    missing = list(sources)
    while missing := [one for one in missing if not _is_imported(one)]:
        if time.monotonic() + _POLL > end:
            raise WeightsError(f"not imported yet: {', '.join(missing)}; look at the Jobs import-...")
        say(f"waiting for {', '.join(missing)}")
        time.sleep(_POLL)
    say(f"the weights of {len(sources)} models are in S3")


def _is_imported(source: str) -> bool:
    try:
        manifest(source)
    except NotImportedError:
        return False
    return True


def _copied(source: str, folder: Path) -> None:
    """An adapter is small: a copy that takes minutes has failed."""
    Copy(source.rstrip("/"), folder, within=600).run(workers=2)


def say(sentence: str) -> None:
    """One line of the log."""
    print(sentence, flush=True)  # noqa: T201 - a command: it prints


def main() -> int:
    """Run one command; the result is the exit code."""
    parser = argparse.ArgumentParser(prog="weights", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    copy = commands.add_parser("copy")
    copy.add_argument("source", help="s3://bucket/prefix")
    copy.add_argument("folder", type=Path)
    copy.add_argument("--workers", type=int, default=4, help="files at once")
    copy.add_argument("--within", type=float, default=3600, help="seconds after which it is a failure")
    waiting = commands.add_parser("await")
    waiting.add_argument("sources", nargs="+", help="s3://bucket/prefix")
    waiting.add_argument("--within", type=float, default=600, help="seconds after which it is a failure")
    beside = commands.add_parser("adapters")
    beside.add_argument("listing", type=Path, help="a JSON list of names and sources")
    beside.add_argument("folder", type=Path)
    beside.add_argument("--server", required=True, help="http://127.0.0.1:8000")
    beside.add_argument("--metrics", type=int, required=True, help="port")
    beside.add_argument("--every", type=float, default=15, help="seconds between two looks at the list")
    given = parser.parse_args()
    try:
        if given.command == "copy":
            Copy(given.source.rstrip("/"), given.folder, given.within).run(given.workers)
        elif given.command == "adapters":
            adapters = Adapters(given.listing, given.folder, given.server, _copied, say)
            serve_metrics(adapters, given.metrics)
            keep(adapters, given.every)
        else:
            await_imports([one.rstrip("/") for one in given.sources], given.within)
    except WeightsError as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
