"""`ohc serve`: a real installation, over TLS or behind a named proxy."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from dataclasses import replace
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from openhealthcode import app
from openhealthcode.commands.installation import refuse_demonstration
from openhealthcode.commands.migrate import prepare
from openhealthcode.commands.server import options
from openhealthcode.database import embedded
from openhealthcode.operations import share_between_processes, tell_in_json
from openhealthcode.settings import SettingRefused, Settings


def application() -> Starlette:
    """The application of one worker process; called by uvicorn in each."""
    settings = Settings.from_environment()
    tell_in_json(settings.log_level)
    return app.create(settings)


def serve(settings: Settings, *, host: str, port: int, workers: int) -> None:
    """Serve until told to end.

    Raises:
        SettingRefused: neither TLS nor a proxy that speaks it is set.
        DemonstrationFound: the keys are a demonstration's.
        UnsuitableDatabase: the database is a demonstration's, or not migrated.
    """
    _check_transport(settings)
    refuse_demonstration(settings)
    tell_in_json(settings.log_level)
    signal.signal(signal.SIGTERM, _end)  # so that what was started is stopped on the way out
    server = None
    if not settings.database_url:
        server = asyncio.run(_own_database(settings))
    try:
        asyncio.run(_try_out(settings))
        _run(settings, host, port, workers)
    finally:
        if server is not None:
            asyncio.run(server.stop())


def _run(settings: Settings, host: str, port: int, workers: int) -> None:
    with tempfile.TemporaryDirectory(prefix="ohc-figures-") as folder:
        if workers > 1:
            share_between_processes(folder)
        uvicorn.run(
            "openhealthcode.commands.serve:application",
            factory=True,
            host=host,
            port=port,
            workers=workers,
            **options(settings),
        )


async def _own_database(settings: Settings) -> embedded.EmbeddedPostgres:
    server = await embedded.start(settings.cluster_at)
    await prepare(replace(settings, database_owner_url=server.owner_url))
    return server


async def _try_out(settings: Settings) -> None:
    """Open and close every part once, so that what is wrong is said once and plainly."""
    async with app.opened(settings, is_synthetic=False):
        pass


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
