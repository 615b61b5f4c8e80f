"""Bring LiteLLM's teams, budgets and keys in line with what is declared. Runs in the cluster, after each sync.

Reads /etc/groundwork/tenants.json (teams without secrets), keys from the environment. Uses nothing but the standard library.
"""

import json
import os
import pathlib
import urllib.error
import urllib.request

BASE = os.environ["LITELLM_URL"]
MASTER = os.environ["LITELLM_MASTER_KEY"]


def call(path: str, body: dict[str, object]) -> bool:
    """POST to the management API; False where LiteLLM says that the thing is not there, or there already."""
    headers = {"Authorization": f"Bearer {MASTER}", "Content-Type": "application/json"}
    request = urllib.request.Request(BASE + path, json.dumps(body).encode(), headers, method="POST")  # noqa: S310 - http, in the cluster
    try:
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        if error.code in (400, 404, 409):
            return False
        raise


def ensure(update: str, new: str, body: dict[str, object]) -> None:
    """Update what is there, else make it; one of the two must succeed."""
    if not call(update, body) and not call(new, body):
        message = f"LiteLLM took neither {update} nor {new} for {body.get('team_id') or body.get('key_alias')}"
        raise SystemExit(message)


def main() -> None:
    """Teams first, then the keys that belong to them."""
    declared = json.loads(pathlib.Path("/etc/groundwork/tenants.json").read_text())
    for team in declared["teams"]:
        ensure("/team/update", "/team/new", team)
        print(f"team {team['team_id']}: as declared")
    for key in declared["keys"]:
        secret = os.environ[key.pop("from")]
        ensure("/key/update", "/key/generate", {**key, "key": secret})
        print(f"key {key['key_alias']}: as declared")


if __name__ == "__main__":
    main()
