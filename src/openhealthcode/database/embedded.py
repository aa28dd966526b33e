"""PostgreSQL without installing it: the binaries of a wheel, run as a child of this program.

The server listens on a Unix socket only its own account can reach and on 127.0.0.1, asks for a
random password, and ends with the program, however that ends. Started in a directory where one of
our servers is running already, it is found and shared.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode

from openhealthcode.database.cluster import (
    DATABASE,
    OWNER,
    SERVICE,
    ServerNotStarted,
    cluster_in,
    place_of,
)
from openhealthcode.database.postmaster import Address, Postmaster, end_cluster, start_or_find

__all__ = ["EmbeddedPostgres", "ServerNotStarted", "erase", "start"]


@dataclass(slots=True)
class EmbeddedPostgres:
    """A running server with an empty or migrated database ``openhealthcode``.

    Use it as an asynchronous context manager, or call ``stop``. One that was found running belongs
    to whoever started it and stays.
    """

    url: str = field(repr=False)
    """The database as the service sees it: a member of ``ohc_app``, owner of nothing."""
    owner_url: str = field(repr=False)
    """The database as its owner, for migrations; a superuser of this server."""
    port: int
    place: Path
    """Where the data really lie."""
    binaries: Path
    """The folder of ``psql``, ``pg_dump`` and the rest."""
    _postmaster: Postmaster | None = field(repr=False)

    @property
    def was_started_here(self) -> bool:
        """Whether this program started the server, and will end it."""
        return self._postmaster is not None

    def revive(self) -> None:
        """Start the server again where it was if it died; for whoever started it, now and then."""
        if self._postmaster is not None:
            self._postmaster.revive()

    async def stop(self) -> None:
        """Shut the server down cleanly if this program started it."""
        if self._postmaster is not None:
            await asyncio.to_thread(self._postmaster.stop)

    async def __aenter__(self) -> EmbeddedPostgres:  # noqa: PYI034 - a final class in effect
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


async def start(
    directory: Path,
    *,
    settings: Mapping[str, str] | None = None,
    durable: bool = True,
    binaries: Path | None = None,
) -> EmbeddedPostgres:
    """Start the server of ``directory``, making its cluster first if there is none.

    Args:
        directory: where cluster, passwords and log lie; made if absent.
        settings: of PostgreSQL, over our small defaults (32 MB of buffers, 60 connections).
        durable: False lets a power cut destroy it, for tests that make one and throw it away.
        binaries: the folder of another PostgreSQL's ``postgres`` and ``initdb``.

    Raises:
        ServerNotStarted: with the reason in words for the operator.
    """
    return await asyncio.to_thread(_start, directory, settings or {}, durable, binaries)


async def erase(directory: Path) -> None:
    """Remove the cluster of ``directory`` and everything in it, for good.

    Raises:
        ServerNotStarted: its server is running.
    """
    await asyncio.to_thread(_erase, directory)


def _start(
    directory: Path,
    settings: Mapping[str, str],
    durable: bool,  # noqa: FBT001 - passed on from `start`, where it is named
    binaries: Path | None,
) -> EmbeddedPostgres:
    cluster = cluster_in(directory, binaries)
    started = start_or_find(cluster, settings, durable=durable)
    address = started.address if isinstance(started, Postmaster) else started
    passwords = cluster.passwords()
    return EmbeddedPostgres(
        url=_url(SERVICE, passwords[SERVICE], address),
        owner_url=_url(OWNER, passwords[OWNER], address),
        port=address.port,
        place=cluster.place,
        binaries=cluster.binaries,
        _postmaster=started if isinstance(started, Postmaster) else None,
    )


def _url(role: str, password: str, address: Address) -> str:
    query = urlencode({"host": str(address.socket_folder), "port": address.port})
    return f"postgresql://{role}:{quote(password)}@/{DATABASE}?{query}"


def _erase(directory: Path) -> None:
    place = place_of(directory)
    if place.exists():
        end_cluster(place)
    if place != directory.resolve():
        shutil.rmtree(directory, ignore_errors=True)
