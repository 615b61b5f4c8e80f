"""What `groundwork secrets` prints."""

from __future__ import annotations

from pathlib import Path

from groundwork.fleet.loader import load
from groundwork.review.secrets import commands

ROOT = Path(__file__).resolve().parents[2]


def test_every_secret_that_the_tree_asks_for_is_created() -> None:
    """One command per secret of the cluster, tenants' keys included, values made on the spot."""
    script = commands(load(ROOT).site("prod-us-east-1"), ROOT / "generated")

    assert "--name acme/prod-us-east-1/model-key-tenant-team-a " in script
    assert "--name acme/prod-us-east-1/langfuse " in script
    assert "$(openssl rand -hex 24)" in script
    assert "team-b" not in script


def test_a_secret_that_somebody_gives_is_asked_for() -> None:
    """A vendor's key cannot be made up; the script reads it without showing it."""
    script = commands(load(ROOT).site("prod-us-east-1"), ROOT / "generated")

    assert 'read -rsp "TAVILY_API_KEY (from https://app.tavily.com): " TAVILY_API_KEY' in script
    assert '\\"TAVILY_API_KEY\\": \\"${TAVILY_API_KEY}\\"' in script
