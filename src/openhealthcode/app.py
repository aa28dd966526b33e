"""The only place that builds the parts of the program and puts them together.

``opened`` builds pool, keys, announcements and chores from the settings; ``create`` puts the routes
over them. A command that serves nothing (``ohc load``) uses ``opened`` alone.
"""

from __future__ import annotations

import asyncio
import gc
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

from openhealthcode import (
    access,
    collection,
    fhir,
    healthcode,
    operations,
    portal,
    representation,
    sign_in,
)
from openhealthcode.access import lookups
from openhealthcode.audit import Sequencer
from openhealthcode.database import Announcements, Pool, embedded, open_pool
from openhealthcode.identity import quality
from openhealthcode.operations import Chore
from openhealthcode.portal import layout
from openhealthcode.settings import SettingRefused, Settings
from openhealthcode.sign_in import Message, MessageNotSent, Outbox, SmsGateway
from openhealthcode.standards import Forbidden, HealthCodeError, NotFound, TooLarge
from openhealthcode.trust import Keys, Suite

_LOG: Final = logging.getLogger("openhealthcode.app")
_PURGE_SECONDS: Final = 300.0
_RETAIN_SECONDS: Final = 3600.0
_NOTICES_SECONDS: Final = 5.0
_WATCH_SECONDS: Final = 5.0
_OBJECTS_BETWEEN_COLLECTIONS: Final = 20_000
_ROTATE_SECONDS: Final = 6 * 3600.0
_REREAD_SECONDS: Final = 2.0
"""Work and pause of going again through what was filed: half of the time is left to the rest."""


@dataclass(frozen=True, slots=True)
class Platform:
    """The parts every request finds in ``app.state.platform``."""

    settings: Settings
    pool: Pool
    keys: Keys
    announcements: Announcements
    outbox: Outbox
    sequencer: Sequencer
    is_synthetic: bool
    chores: tuple[Chore, ...]


def create(
    settings: Settings,
    *,
    extra_routes: Sequence[BaseRoute] = (),
    outbox: Outbox | None = None,
    is_synthetic: bool = False,
) -> Starlette:
    """The application, whose parts are opened when it starts and closed when it ends.

    Args:
        extra_routes: pages over the program's own; the demonstration's.
        outbox: delivers messages to telephones instead of the gateway of the settings.
        is_synthetic: whether it serves a demonstration's database. A mismatch stops the start.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(settings, outbox=outbox, is_synthetic=is_synthetic) as platform:
            app.state.platform = platform
            async with operations.kept_up(platform.chores):
                _settle_down()
                _LOG.info("started", extra={"facts": {"synthetic": is_synthetic}})
                yield
        _LOG.info("stopped")

    app = Starlette(
        routes=[*extra_routes, *fhir.routes(), *operations.routes(), *portal.routes()],
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
async def opened(
    settings: Settings, *, outbox: Outbox | None = None, is_synthetic: bool | None = None
) -> AsyncIterator[Platform]:
    """Open the parts, over the database of the settings or over our own.

    Args:
        outbox: as for ``create``.
        is_synthetic: what the database has to be; None takes either kind.

    Raises:
        UnsuitableDatabase: not migrated, or synthetic where production is served, or the reverse.
    """
    async with AsyncExitStack() as stack:
        url = settings.database_url
        if not url:
            url = (await stack.enter_async_context(await embedded.start(settings.cluster_at))).url
        pool = await open_pool(url, size=max(2, settings.database_connections))
        stack.push_async_callback(pool.close)
        found_synthetic = await operations.check_mode(pool, is_synthetic=is_synthetic)
        keys = Keys.open(settings.keys_at, Suite(settings.suite), region=settings.region_number)
        stack.callback(keys.close)
        announcements = await stack.enter_async_context(Announcements(url))
        sequencer = Sequencer(pool, settings.log_at, keys.checkpoint_signer(settings.log_origin))
        stack.callback(sequencer.close)
        sending = outbox or _outbox(settings)
        representation.keep_from_guardians(settings.confidential_at_14)
        yield Platform(
            settings=settings,
            pool=pool,
            keys=keys,
            announcements=announcements,
            outbox=sending,
            sequencer=sequencer,
            is_synthetic=found_synthetic,
            chores=_chores(settings, pool, keys, sequencer, sending),
        )


def _settle_down() -> None:
    """Tell the garbage collector that what is loaded by now stays: it need not be walked again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


def explain(request: Request, error: HealthCodeError) -> Response:
    """Say an expected failure in the manner of the address it happened at."""
    here = fhir.is_answered_here(request.url.path)
    return fhir.explain(request, error) if here else layout.explain(request, error)


def _chores(
    settings: Settings, pool: Pool, keys: Keys, sequencer: Sequencer, outbox: Outbox
) -> tuple[Chore, ...]:
    async def purge() -> None:
        await healthcode.purge_spent(pool, datetime.now(UTC))
        await sign_in.purge(pool)
        await collection.count_up(pool)
        await quality.count_up(pool)
        await lookups.forget_counts(pool)

    async def finish_closings() -> None:
        await access.finish_closings(pool, keys)

    async def send_notices() -> None:
        await access.send_waiting_notices(pool, keys, outbox)

    duty_phones = settings.on_duty

    async def watch() -> None:
        await access.watch_presences(pool, keys, outbox, duty_phones)

    async def retain() -> None:
        await access.end_outdated_consents(pool, keys, outbox)
        await access.follow_uses(pool, keys)
        await collection.destroy_expired(pool, keys)

    async def rotate() -> None:
        await asyncio.to_thread(keys.rotate)  # re-wraps every data key when the month turns

    async def reread() -> None:
        await collection.reread(pool, keys, seconds=_REREAD_SECONDS)

    return (
        Chore("sequence", settings.sequencing_seconds, sequencer.sequence),
        Chore("purge", _PURGE_SECONDS, purge),
        Chore("rotate-keys", _ROTATE_SECONDS, rotate),
        Chore("finish-closings", _PURGE_SECONDS, finish_closings),
        Chore("reread", _REREAD_SECONDS, reread),
        Chore("retention", _RETAIN_SECONDS, retain),
        Chore("send-notices", _NOTICES_SECONDS, send_notices),
        Chore("watch-presences", _WATCH_SECONDS, watch),
    )


class _NoGateway:
    """Stands where no gateway is set: no message leaves, and the program says so."""

    codes_per_hour = 20_000  # each is refused for what it is: not sent

    async def send(self, message: Message) -> None:  # noqa: ARG002 - nobody gets it
        _LOG.error("no SMS gateway is set", extra={"facts": {"setting": "OHC_SMS_GATEWAY_URL"}})
        raise MessageNotSent


def _outbox(settings: Settings) -> Outbox:
    if not settings.sms_gateway_url:
        return _NoGateway()
    try:
        return SmsGateway(
            settings.sms_gateway_url,
            settings.sms_gateway_token,
            codes_per_hour=settings.sms_codes_per_hour,
        )
    except ValueError as error:
        raise SettingRefused(f"OHC_SMS_GATEWAY_URL: {error}") from None


async def _explain_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette hands it to nobody else
    known: dict[int, type[HealthCodeError]] = {403: Forbidden, 404: NotFound, 413: TooLarge}
    kind = known.get(error.status_code, HealthCodeError)
    operations.note_refusal(request, kind.code)
    answer = explain(request, kind())
    answer.status_code = error.status_code
    return answer
