"""Imports one model. It does nothing where that has been done, and goes on where it was stopped."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from model_import.folder import Folder, WrongContentError
from model_import.hub import Hub, HubError, Published

_AT_ONCE = 4
_ATTEMPTS = 3
_MB = 1_000_000


def bring(repository: str, revision: str | None, folder: Folder, only: str | None) -> str:
    """Import a revision, or one file of it, into a folder. Returns what was done, in a sentence.

    Raises:
        HubError: the hub does not give the files.
        WrongContentError: a file arrives wrong again and again, or the folder holds something else.
    """
    there = folder.manifest()
    if there is not None:
        _is_the_same(there, repository, revision, folder)
        _has(there, only, folder)
        return f"{folder.address} holds {repository}@{there['commit']}: nothing to do"
    started = time.monotonic()
    hub = Hub(repository, revision, only)
    size = sum(file.size for file in hub.files)
    say(f"{repository}@{hub.commit}: {len(hub.files)} files, {size / _MB:,.0f} MB")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        copies = [pool.submit(_one, hub, folder, file) for file in sorted(hub.files, key=lambda one: -one.size)]
        try:
            listed = [copy.result() for copy in copies]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    files = sorted(listed, key=lambda one: str(one["name"]))
    folder.finish({"repository": repository, "commit": hub.commit, "files": files})
    return f"{folder.address} holds {repository}@{hub.commit}, after {time.monotonic() - started:.0f} s"


def _is_the_same(there: dict[str, Any], repository: str, revision: str | None, folder: Folder) -> None:
    if there.get("repository") != repository or revision not in (None, there.get("commit")):
        held = f"{there.get('repository')}@{there.get('commit')}"
        raise WrongContentError(
            f"{folder.address} holds {held}, not {repository}@{revision or 'main'}: remove it first"
        )


def _has(there: dict[str, Any], only: str | None, folder: Folder) -> None:
    if only and only not in {one["name"] for one in there["files"]}:
        raise WrongContentError(f"{folder.address} does not hold {only}: remove its manifest first")


def _one(hub: Hub, folder: Folder, file: Published) -> dict[str, str | int]:
    """Bring one file. Returns its line of the manifest."""
    line: dict[str, str | int] = {"name": file.name, "size": file.size}
    if file.sha256 and folder.holds(file):
        say(f"{file.name} is there")
        return line | {"sha256": file.sha256}
    for _ in range(_ATTEMPTS - 1):
        try:
            return line | {"sha256": folder.put(file, hub.content(file))}
        except WrongContentError as error:
            say(str(error))
    return line | {"sha256": folder.put(file, hub.content(file))}


def say(sentence: str) -> None:
    """One line of the log."""
    print(sentence, flush=True)  # noqa: T201 - a command: it prints


def main() -> int:
    """Run the command; the result is the exit code."""
    parser = argparse.ArgumentParser(prog="model-import", description=__doc__)
    parser.add_argument("model", help="owner/name, or owner/name@revision")
    parser.add_argument("folder", help="s3://bucket/prefix/")
    parser.add_argument("--file", help="the one GGUF file to take; else the weights are safetensors")
    given = parser.parse_args()
    repository, _, revision = given.model.partition("@")
    try:
        say(bring(repository, revision or None, Folder(given.folder), given.file))
    except (HubError, WrongContentError, BotoCoreError, ClientError) as error:
        say(f"failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
