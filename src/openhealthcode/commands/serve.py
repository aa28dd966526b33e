"""`ohc serve`: a real installation, over TLS or behind a named proxy.

The parent holds the port and starts the processes that answer. SIGHUP has it start those of the release
that `ohc upgrade` named, and send the ones before away when the new ones answer.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Final

from openhealthcode.commands.installation import refuse_demonstration
from openhealthcode.commands.migrate import prepare
from openhealthcode.commands.server import CONNECTIONS, PortTaken, listen
from openhealthcode.commands.serving import Held, hold, was_served
from openhealthcode.commands.workers import Workers
from openhealthcode.database import embedded
from openhealthcode.operations import share_between_processes, tell_in_json
from openhealthcode.settings import SettingRefused, Settings
from openhealthcode.standards import HealthCodeError

_TURN_SECONDS: Final = 0.1
_OTHERS_END_WITHIN_SECONDS: Final = 8.0


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until told to end.

    Raises:
        SettingRefused: neither TLS nor a proxy that speaks it is set.
        DemonstrationFound: the keys are a demonstration's.
        PortTaken: another program listens there.
        NotServing: the processes do not come up, e.g. over a database that is a demonstration's, or
            not migrated; the sentence says why.
    """
    _check_transport(settings)
    refuse_demonstration(settings)
    tell_in_json(settings.log_level)
    signal.signal(signal.SIGTERM, _end)  # so that what was started is stopped on the way out
    with _listening(settings, host, port) as listening, hold(settings, port) as held:
        server = None
        if not settings.database_url:
            server = asyncio.run(_own_database(settings))
        try:
            _run(Workers(listening, workers, sys.executable), held, server)
        finally:
            if server is not None:
                asyncio.run(server.stop())


def _run(workers: Workers, held: Held, server: embedded.EmbeddedPostgres | None) -> None:
    wanted: list[int] = []
    signal.signal(signal.SIGHUP, lambda number, _: wanted.append(number))
    with tempfile.TemporaryDirectory(prefix="ohc-figures-") as folder:
        share_between_processes(folder)
        try:
            workers.start()
            while True:
                if wanted:
                    wanted.clear()
                    _replace(workers, held)
                if server is not None:
                    server.revive()
                workers.mend()
                held.tell(workers)
                time.sleep(_TURN_SECONDS)
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # told once is enough
            workers.stop()


def _replace(workers: Workers, held: Held) -> None:
    try:
        workers.replace(held.wanted(workers.python))
    except HealthCodeError as error:
        held.problem = str(error)
    else:
        held.problem = ""
    held.replaced += 1


async def _own_database(settings: Settings) -> embedded.EmbeddedPostgres:
    server = await embedded.start(settings.cluster_at)
    await prepare(replace(settings, database_owner_url=server.owner_url))
    return server


@contextmanager
def _listening(settings: Settings, host: str, port: int) -> Iterator[socket.socket]:
    """The port. Where a parent was killed, its processes hold it for a moment longer."""
    give_up_at = time.monotonic() + _OTHERS_END_WITHIN_SECONDS * was_served(settings, port)
    listening = None
    while listening is None:
        try:
            listening = listen(host, port)
        except PortTaken:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(_TURN_SECONDS)
    with listening:
        listening.listen(CONNECTIONS)
        yield listening


def _check_transport(settings: Settings) -> None:
    if (settings.tls_certificate is None) is not (settings.tls_key is None):
        raise SettingRefused("OHC_TLS_CERTIFICATE and OHC_TLS_KEY are set together or not at all")
    if not settings.has_tls and not settings.proxies:
        raise SettingRefused(
            "set OHC_TLS_CERTIFICATE and OHC_TLS_KEY, or OHC_TRUSTED_PROXIES to the address of"
            " the proxy that speaks TLS for this program"
        )


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
