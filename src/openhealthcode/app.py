"""The only place that builds the parts of the program and puts them together.

``opened`` builds pool, keys, announcements and chores from the settings; ``create`` puts the routes
over them. A command that serves nothing (``ohc load``) uses ``opened`` alone.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
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
    gateway,
    healthcode,
    operations,
    portal,
    representation,
    sign_in,
)
from openhealthcode.access import budgets, links, lookups, telling
from openhealthcode.audit import Mapper, Sequencer, refuse_gap
from openhealthcode.database import Announcements, Pool, embedded, open_pool
from openhealthcode.gateway import HttpPartners, HttpRegions
from openhealthcode.healthcode import national_card, signed
from openhealthcode.identity import quality
from openhealthcode.operations import Ballast, Chore
from openhealthcode.portal import layout
from openhealthcode.registry.agreements import count_transfers, require_agreements
from openhealthcode.settings import SettingRefused, Settings
from openhealthcode.sign_in import Message, MessageNotSent, Outbox, SmsGateway
from openhealthcode.standards import Forbidden, HealthCodeError, NotFound, TooLarge
from openhealthcode.supervision import alerts, checks, reports, sealing, summaries
from openhealthcode.trust import Keys, Suite, read_card_keys

_LOG: Final = logging.getLogger("openhealthcode.app")
_PURGE_SECONDS: Final = 300.0
_RETAIN_SECONDS: Final = 3600.0
_NOTICES_SECONDS: Final = 5.0
_WATCH_SECONDS: Final = 5.0
_READINGS_SECONDS: Final = 5.0
_FOLLOW_SECONDS: Final = 5.0
_REPORTS_SECONDS: Final = 20.0
_PUBLISH_SECONDS: Final = 20.0
_COUNT_SECONDS: Final = 20.0
_BALLAST_SECONDS: Final = 5.0
_CHECKS_SECONDS: Final = 3.0
_MAP_SECONDS: Final = 10.0
_LONGEST_MAP_SECONDS: Final = 3 * 3600.0
"""Millions of residents are counted; whoever checks a history waits for a map as long."""
_END_SEALS_SECONDS: Final = 30.0
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
    partners: HttpPartners
    regions: HttpRegions
    is_synthetic: bool
    chores: tuple[Chore, ...]


def create(
    settings: Settings,
    *,
    extra_routes: Sequence[BaseRoute] = (),
    outbox: Outbox | None = None,
    is_synthetic: bool = False,
    extra_chores: Callable[[Platform], Sequence[Chore]] = lambda _: (),
) -> Starlette:
    """The application, whose parts are opened when it starts and closed when it ends.

    Args:
        extra_routes: pages over the program's own; the demonstration's.
        outbox: delivers messages to telephones instead of the gateway of the settings.
        is_synthetic: whether it serves a demonstration's database. A mismatch stops the start.
        extra_chores: work beside the program's own; the demonstration's.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(settings, outbox=outbox, is_synthetic=is_synthetic) as platform:
            await refuse_gap(platform.pool, settings.log_at)
            app.state.platform = platform
            async with operations.kept_up([*platform.chores, *extra_chores(platform)]):
                _settle_down()
                _LOG.info("started", extra={"facts": {"synthetic": is_synthetic}})
                yield
        _LOG.info("stopped")

    app = Starlette(
        routes=[
            *extra_routes,
            *fhir.routes(),
            *gateway.routes(),
            *operations.routes(),
            *portal.routes(),
        ],
        middleware=[
            Middleware(
                operations.Around,
                largest_body_bytes=settings.largest_body_bytes,
                request_seconds=settings.request_seconds,
                most_refusals_per_second=settings.refusals_per_second,
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
        keys = keys_of(settings)
        stack.callback(keys.close)
        announcements = await stack.enter_async_context(Announcements(url))
        signer = keys.checkpoint_signer(settings.log_origin)
        sequencer = Sequencer(pool, settings.log_at, signer, policy=_policy(settings))
        stack.callback(sequencer.close)
        sending = outbox or _outbox(settings)
        representation.keep_from_guardians(settings.confidential_at_14)
        require_agreements(pool, is_required=_are_agreements_required(settings))
        if settings.read_budgets is not None:
            budgets.choose_limits(_limits_of_reading(settings.read_budgets))
        national_card.choose_main_index(settings.national_card_main_index)
        if settings.national_card_keys is not None:
            keys.adopt_national_card(*read_card_keys(settings.national_card_keys))
        yield Platform(
            settings=settings,
            pool=pool,
            keys=keys,
            announcements=announcements,
            outbox=sending,
            sequencer=sequencer,
            partners=HttpPartners(keys, settings.log_origin),
            regions=HttpRegions(pool, keys),
            is_synthetic=found_synthetic,
            chores=(
                *_chores(settings, pool, keys, sequencer, sending),
                _ballast(settings, is_kept=not found_synthetic),
            ),
        )


def keys_of(settings: Settings) -> Keys:
    """The installation's keys, opened; close them."""
    return Keys.open(
        settings.keys_at,
        Suite(settings.suite),
        region=settings.region_number,
        division=settings.region_division,
    )


def _settle_down() -> None:
    """Tell the garbage collector that what is loaded by now stays: it need not be walked again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


def explain(request: Request, error: HealthCodeError) -> Response:
    """Say an expected failure in the manner of the address it happened at."""
    path = request.url.path
    here = fhir.is_answered_here(path) or gateway.is_answered_here(path)
    return fhir.explain(request, error) if here else layout.explain(request, error)


def _chores(
    settings: Settings, pool: Pool, keys: Keys, sequencer: Sequencer, outbox: Outbox
) -> tuple[Chore, ...]:
    async def purge() -> None:
        await healthcode.purge_spent(pool, datetime.now(UTC))
        await healthcode.purge_acceptances(pool, datetime.now(UTC))
        await signed.purge_codes(pool, datetime.now(UTC))
        await national_card.purge_card_codes(pool, datetime.now(UTC))
        await sign_in.purge(pool)
        await collection.count_up(pool)
        await quality.count_up(pool)
        await lookups.forget_counts(pool)
        await budgets.forget_budgets(pool)
        await telling.forget_told(pool)
        await links.purge_links(pool)

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

    async def publish_revoked() -> None:
        await healthcode.publish_revoked(pool, keys, datetime.now(UTC))

    reread = partial(collection.reread, pool, keys, seconds=_REREAD_SECONDS)
    of = checks.Installation(pool, keys, sequencer)
    return (
        Chore("sequence", settings.sequencing_seconds, sequencer.sequence),
        _map_days(pool, sequencer),
        Chore("witness", settings.sequencing_seconds, sequencer.witness),
        Chore("purge", _PURGE_SECONDS, purge),
        Chore("rotate-keys", _ROTATE_SECONDS, rotate),
        Chore("finish-closings", _PURGE_SECONDS, partial(access.finish_closings, pool, keys)),
        Chore("reread", _REREAD_SECONDS, reread),
        Chore("retention", _RETAIN_SECONDS, retain),
        Chore("follow-accesses", _FOLLOW_SECONDS, alerts.Follower(pool, keys).follow),
        Chore("count-readings", _READINGS_SECONDS, partial(budgets.count_explained, pool)),
        Chore("send-notices", _NOTICES_SECONDS, send_notices),
        Chore("watch-presences", _WATCH_SECONDS, watch),
        Chore("tell-looks", _FOLLOW_SECONDS, telling.TellLooks(pool, keys).tell),
        Chore("follow-reports", _REPORTS_SECONDS, partial(reports.follow_reports, pool, keys)),
        Chore("publish-revoked", _PUBLISH_SECONDS, publish_revoked),
        Chore("count-transfers", _COUNT_SECONDS, partial(count_transfers, pool)),
        Chore("end-seals", _END_SEALS_SECONDS, partial(sealing.end_due, pool, keys, outbox)),
        Chore("count-events", _COUNT_SECONDS, partial(summaries.count_up, pool)),
        Chore("run-checks", _CHECKS_SECONDS, partial(checks.run_asked, of)),
    )


def _map_days(pool: Pool, sequencer: Sequencer) -> Chore:
    """The daily map, which may take long where millions are registered."""
    work = Mapper(pool, sequencer).map_due
    return Chore("map-days", _MAP_SECONDS, work, late_after_seconds=_LONGEST_MAP_SECONDS)


def _ballast(settings: Settings, *, is_kept: bool) -> Chore:
    """Room on the disk; a demonstration takes none for itself."""
    size_bytes = settings.ballast_megabytes * 2**20 if is_kept else 0
    return Chore("ballast", _BALLAST_SECONDS, Ballast(settings.data_directory, size_bytes).watch)


def _policy(settings: Settings) -> str:
    if settings.witness_policy is None:
        return ""
    try:
        return settings.witness_policy.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingRefused("OHC_WITNESS_POLICY names a file that cannot be read") from None


def _are_agreements_required(settings: Settings) -> bool:
    if settings.sharing_agreements not in {"required", "noted"}:
        raise SettingRefused("OHC_SHARING_AGREEMENTS is required or noted")
    return settings.sharing_agreements == "required"


def _limits_of_reading(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingRefused("OHC_READ_BUDGETS names a file that cannot be read") from None


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
