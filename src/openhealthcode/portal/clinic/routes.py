"""Routes."""

from starlette.routing import BaseRoute


def routes() -> list[BaseRoute]:
    """None yet."""
    return []
