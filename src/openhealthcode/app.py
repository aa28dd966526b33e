"""The only place that builds the parts of the program and puts them together.

``opened`` builds pool, keys, announcements and chores from the settings; ``create`` puts the routes
over them. A command that serves nothing (``ohc load``) uses ``opened`` alone.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from openhealthcode import healthcode, operations, portal
from openhealthcode.database import Announcements, Pool, embedded, open_pool
from openhealthcode.operations import Chore
from openhealthcode.portal import layout
from openhealthcode.settings import Settings
from openhealthcode.standards import Forbidden, HealthCodeError, NotFound, TooLarge
from openhealthcode.trust import Keys, Suite

_LOG: Final = logging.getLogger("openhealthcode.app")
_PURGE_SECONDS: Final = 300.0
_ROTATE_SECONDS: Final = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Platform:
    """The parts every request finds in ``app.state.platform``."""

    settings: Settings
    pool: Pool
    keys: Keys
    announcements: Announcements
    is_synthetic: bool
    chores: tuple[Chore, ...]


def create(
    settings: Settings,
    *,
    extra_routes: Sequence[BaseRoute] = (),
    is_synthetic: bool = False,
) -> Starlette:
    """The application, whose parts are opened when it starts and closed when it ends.

    Args:
        extra_routes: pages over the program's own; the demonstration's.
        is_synthetic: whether it serves a demonstration's database. A mismatch stops the start.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(settings, is_synthetic=is_synthetic) as platform:
            app.state.platform = platform
            async with operations.kept_up(platform.chores):
                _LOG.info("started", extra={"facts": {"synthetic": is_synthetic}})
                yield
        _LOG.info("stopped")

    app = Starlette(
        routes=[*extra_routes, *operations.routes(), *portal.routes()],
        middleware=[
            Middleware(
                operations.Around,
                largest_body_bytes=settings.largest_body_bytes,
                request_seconds=settings.request_seconds,
                explain=explain,
            )
        ],
        exception_handlers={HTTPException: _explain_status},
        lifespan=lifespan,
    )
    app.state.pages_are_framed = is_synthetic
    return app


@asynccontextmanager
async def opened(settings: Settings, *, is_synthetic: bool = False) -> AsyncIterator[Platform]:
    """Open the parts, over the database of the settings or over our own.

    Raises:
        UnsuitableDatabase: not migrated, or synthetic where production is served, or the reverse.
    """
    async with AsyncExitStack() as stack:
        url = settings.database_url
        if not url:
            url = (await stack.enter_async_context(await embedded.start(settings.cluster_at))).url
        pool = await open_pool(url, size=max(2, settings.database_connections))
        stack.callback(pool.terminate)
        await operations.check_mode(pool, is_synthetic=is_synthetic)
        keys = Keys.open(settings.keys_at, Suite(settings.suite), region=settings.region_number)
        stack.callback(keys.close)
        announcements = await stack.enter_async_context(Announcements(url))
        yield Platform(
            settings=settings,
            pool=pool,
            keys=keys,
            announcements=announcements,
            is_synthetic=is_synthetic,
            chores=_chores(pool, keys),
        )


def explain(request: Request, error: HealthCodeError) -> Response:
    """Say an expected failure in the manner of the address it happened at."""
    return layout.explain(request, error)


def _chores(pool: Pool, keys: Keys) -> tuple[Chore, ...]:
    async def purge() -> None:
        await healthcode.purge_spent(pool, datetime.now(UTC))

    async def rotate() -> None:
        keys.rotate()

    return (Chore("purge", _PURGE_SECONDS, purge), Chore("rotate-keys", _ROTATE_SECONDS, rotate))


async def _explain_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette hands it to nobody else
    known: dict[int, type[HealthCodeError]] = {403: Forbidden, 404: NotFound, 413: TooLarge}
    kind = known.get(error.status_code, HealthCodeError)
    operations.note_refusal(request, kind.code)
    answer = explain(request, kind())
    answer.status_code = error.status_code
    return answer
