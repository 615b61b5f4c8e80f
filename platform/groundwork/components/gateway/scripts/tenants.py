"""Bring LiteLLM's teams, budgets and keys in line with what is declared. Runs in the cluster, after each sync.

Reads the declared state from the file that it is given, keys from the environment. A team that was declared once and is no
longer is blocked, not deleted: a person may still want to see what it spent. A key that nobody declares any more is deleted.
Uses nothing but the standard library.
"""

import json
import os
import pathlib
import sys
import urllib.error
import urllib.request
from typing import Any

# How a team or a key that we made is told from one that a person made.
OWNER = {"managed_by": "groundwork"}
MISSING = 404


class Gateway:
    """LiteLLM's management API."""

    def __init__(self, url: str, master_key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {master_key}", "Content-Type": "application/json"}

    def get(self, path: str) -> Any:
        """What LiteLLM has at a path."""
        return self._call(urllib.request.Request(self._url + path, headers=self._headers))  # noqa: S310 - http, in the cluster

    def post(self, path: str, body: dict[str, Any], *, may_miss: bool = False) -> bool:
        """Whether LiteLLM did it. False only where `may_miss` says that what it is about need not exist."""
        data = json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, self._headers, method="POST")  # noqa: S310 - as above
        try:
            self._call(request)
        except urllib.error.HTTPError as error:
            if may_miss and error.code == MISSING:
                return False
            raise SystemExit(f"{path}: {error.code} {error.read().decode(errors='replace')[:500]}") from None
        return True

    def _call(self, request: urllib.request.Request) -> Any:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
            return json.load(answer)


def ensure_team(gateway: Gateway, team: dict[str, Any]) -> None:
    """Update the team, or make it. One that was blocked because it was gone is let in again."""
    if not gateway.post("/team/update", {**team, "metadata": OWNER, "blocked": False}, may_miss=True):
        gateway.post("/team/new", {**team, "metadata": OWNER})


def ensure_key(gateway: Gateway, key: dict[str, Any], value: str) -> None:
    """Update the key, or make it. When its value was rotated the old one goes: an alias stands for one key."""
    wanted = {**key, "metadata": OWNER, "key": value}
    if not gateway.post("/key/update", wanted, may_miss=True):
        gateway.post("/key/delete", {"key_aliases": [key["key_alias"]]}, may_miss=True)
        gateway.post("/key/generate", wanted)


def block_others(gateway: Gateway, declared: set[str]) -> None:
    """Block our teams that nobody declares any more: their keys open nothing."""
    for team in gateway.get("/team/list"):
        ours = (team.get("metadata") or {}).get("managed_by") == OWNER["managed_by"]
        if ours and team["team_id"] not in declared and not team.get("blocked"):
            gateway.post("/team/block", {"team_id": team["team_id"]})
            print(f"team {team['team_id']}: no longer declared, blocked")


def delete_others(gateway: Gateway, declared: set[str]) -> None:
    """Delete our keys that nobody declares any more: of an agent that is gone, of a pipeline, of a tenant."""
    gone = []
    page = pages = 1
    while page <= pages:
        found = gateway.get(f"/key/list?return_full_object=true&size=100&page={page}")
        pages = found.get("total_pages") or 1
        ours = [key for key in found["keys"] if (key.get("metadata") or {}).get("managed_by") == OWNER["managed_by"]]
        gone += [key["key_alias"] for key in ours if key["key_alias"] not in declared]
        page += 1
    for alias in sorted(gone):
        gateway.post("/key/delete", {"key_aliases": [alias]}, may_miss=True)
        print(f"key {alias}: no longer declared, deleted")


def main(file: str) -> None:
    """Teams first, then the keys that belong to them, then what is left over."""
    declared = json.loads(pathlib.Path(file).read_text())
    gateway = Gateway(os.environ["LITELLM_URL"], os.environ["LITELLM_MASTER_KEY"])
    for team in declared["teams"]:
        ensure_team(gateway, team)
        print(f"team {team['team_id']}: as declared")
    for key in declared["keys"]:
        value = os.environ[key.pop("from")]
        ensure_key(gateway, key, value)
        print(f"key {key['key_alias']}: as declared")
    block_others(gateway, {team["team_id"] for team in declared["teams"]})
    delete_others(gateway, {key["key_alias"] for key in declared["keys"]})


if __name__ == "__main__":
    main(sys.argv[1])
