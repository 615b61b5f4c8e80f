"""What stands in a manifest for an identifier that AWS has not chosen yet. `groundwork check --production` lists them."""

__all__ = ["PREFIX", "placeholder"]

PREFIX = "PLACEHOLDER-"


def placeholder(name: str) -> str:
    """The text for an identifier of that name; recognisable, and of no use to any API."""
    return PREFIX + name
