"""The installation a command works on: its settings, its database, running or started for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Final

from openhealthcode.database import embedded
from openhealthcode.settings import Settings
from openhealthcode.standards import HealthCodeError

DEMONSTRATION: Final = "demo"
"""The folder a demonstration keeps to, below the data directory."""

_MARK: Final = "DEMONSTRATION"


class DemonstrationFound(HealthCodeError):
    """These keys were made by a demonstration and never protect real residents."""

    code = "demonstration-found"


def of_demonstration(settings: Settings) -> Settings:
    """The settings of the demonstration beside this installation."""
    return replace(settings, data_directory=settings.data_directory / DEMONSTRATION)


@asynccontextmanager
async def reachable(settings: Settings) -> AsyncIterator[Settings]:
    """The settings with a database that answers, started for the duration if it is our own."""
    if settings.database_url:
        yield settings
        return
    async with await embedded.start(settings.cluster_at) as server:
        yield replace(settings, database_url=server.url, database_owner_url=server.owner_url)


def mark_as_demonstration(settings: Settings) -> None:
    """Leave a mark beside the keys by which production refuses them."""
    settings.keys_at.mkdir(mode=0o700, parents=True, exist_ok=True)
    (settings.keys_at / _MARK).touch()


def refuse_demonstration(settings: Settings) -> None:
    """Stop if the keys carry the mark.

    Raises:
        DemonstrationFound: they do.
    """
    if (settings.keys_at / _MARK).exists():
        raise DemonstrationFound
