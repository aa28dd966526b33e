"""`ohc doctor`: look at each part of an installation and say what is wrong, and what mends it."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg
from cryptography import x509
from rich.console import Console
from rich.table import Table

from openhealthcode import app, operations, terminology, trust
from openhealthcode.commands.installation import DemonstrationFound, reachable, refuse_demonstration
from openhealthcode.database import DatabaseAway, Pool, missing_migrations, newest, older_connected
from openhealthcode.settings import Settings
from openhealthcode.standards import PUBLISHED_YEARS, HealthCodeError
from openhealthcode.supervision.agreements import transfers
from openhealthcode.trust import Freshness, NoCodeIssuer, NoTrustList

_LEAST_FREE_BYTES: Final = 2_000_000_000
_SOON_DAYS: Final = 21
_MOST_NAMED: Final = 3


class Finding(NamedTuple):
    """One thing looked at; ``wrong`` is empty when it is well."""

    part: str
    wrong: str
    told: str = ""


async def doctor(settings: Settings, console: Console) -> int:
    """Print every finding; answers the exit code: 0 when all is well."""
    table = Table("", "part", "", show_header=False, box=None, pad_edge=False)
    ill = 0
    async for finding in _findings(settings):
        ill += bool(finding.wrong)
        mark = "[bold]✗[/]" if finding.wrong else "✓"
        table.add_row(mark, finding.part, finding.wrong or finding.told)
    console.print(table)
    console.print("all is well" if not ill else f"{ill} to mend", highlight=False)
    return int(bool(ill))


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    for look in _LOOKS:
        for finding in look(settings):
            yield finding
    try:
        async with reachable(settings) as reached, app.opened(reached) as platform:
            kind = "synthetic" if platform.is_synthetic else "production"
            yield Finding("database", "", f"answers; {kind}")
            for part, sentence in (await operations.missing(platform)).items():
                yield Finding(part, sentence)
            yield await _release(reached)
            yield Finding("clock", await _clock(platform.pool), "the database's agrees with ours")
            yield await _sensitive_map(platform)
            yield await _code_issuer(platform)
            async for finding in _agreements(platform):
                yield finding
            yield _working_days()
    except DatabaseAway:
        yield Finding("database", "does not answer; see OHC_DATABASE_URL")
    except HealthCodeError as error:
        yield Finding("database", str(error))
    except (OSError, asyncpg.PostgresError) as error:
        yield Finding("database", f"does not answer ({type(error).__name__}); see OHC_DATABASE_URL")


async def _clock(pool: Pool) -> str:
    behind = abs((datetime.now(UTC) - await operations.database_time(pool)).total_seconds())
    return "" if behind < 1 else f"differs from ours by {behind:.0f} s; codes live 60: set up NTP"


async def _release(settings: Settings) -> Finding:
    """Whether an update is under way that somebody has to bring to its end."""
    older = await older_connected(settings.database_url, newest())
    if older:
        told = f"one that knows migrations up to {', '.join(older)} is connected: run `ohc upgrade`"
        return Finding("release", f"{told} where it serves")
    missing = await missing_migrations(settings.owner_url)
    if missing.after:
        return Finding("release", f"run `ohc upgrade`: {', '.join(missing.after)} can go in now")
    return Finding("release", "", f"the only one connected; knows migrations up to {newest()}")


async def _sensitive_map(platform: app.Platform) -> Finding:
    """Which edition is in force, and by whose word; an altered one stops whatever is filed."""
    try:
        edition = (await terminology.in_force(platform.pool, platform.keys)).edition
    except HealthCodeError as error:
        return Finding("map", f"{error} Nothing can be filed: restore terminology.edition")
    by = "、".join(edition.reviewers) or "nobody yet: have it reviewed at /supervision/map"
    return Finding("map", "", f"edition {edition.version}, reviewed by {by}")


async def _code_issuer(platform: app.Platform) -> Finding:
    """Whether signed codes can be made and checked; the first page's code needs none of it."""
    now = datetime.now(UTC)
    try:
        listed = await trust.current(platform.pool, platform.keys)
        issuer = platform.keys.code_issuer(now)
    except (NoTrustList, NoCodeIssuer) as error:
        return Finding("trust", "", f"{error} No cards, no codes without network: ohc trust")
    if listed.freshness(now) is not Freshness.FRESH:
        return Finding("trust", "the trust list is old; have the next one signed and published")
    return Finding("trust", "", f"list {listed.number}; key {issuer.key_id.hex()} signs codes")


async def _agreements(platform: app.Platform) -> AsyncIterator[Finding]:
    """For whom something may leave that nobody signed for: our own institutions' systems, and outside."""
    standings = await transfers(platform.pool)
    is_required = platform.settings.sharing_agreements == "required"
    for part, is_outside, whose in (
        ("applications", False, "institutions whose applications are connected"),
        ("transfers outside", True, "partners and regions"),
    ):
        those = [one for one in standings if one.is_outside is is_outside]
        unsigned = [one for one in those if one.was_never_signed]
        counted = f"{len(unsigned)} of {len(those)} {whose} without a signed agreement"
        if not unsigned or is_required:
            told = (
                f"{counted}; they are refused" if unsigned else f"{len(those)} {whose}, all signed"
            )
            yield Finding(part, "", told if those else f"no {whose}")
            continue
        names = "、".join(one.name for one in unsigned[:_MOST_NAMED])
        yield Finding(
            part,
            f"{counted} ({names}{'…' if len(unsigned) > _MOST_NAMED else ''}): have them signed at"
            " /supervision/transfers, then set OHC_SHARING_AGREEMENTS=required",
        )


def _working_days() -> Finding:
    """Of which years the holidays are known: terms of cases in others pass over weekends only."""
    known = f"holidays of {min(PUBLISHED_YEARS)} to {max(PUBLISHED_YEARS)} are known"
    return Finding("working days", "", f"{known}; in later years terms pass over weekends only")


def _directories(settings: Settings) -> Iterator[Finding]:
    places = {"data": settings.data_directory, "keys": settings.keys_at, "log": settings.log_at}
    for part, place in places.items():
        nearest = next(each for each in (place, *place.parents) if each.exists())
        wrong = "" if os.access(nearest, os.W_OK) else f"{nearest} cannot be written by this user"
        free = shutil.disk_usage(nearest).free
        if not wrong and free < _LEAST_FREE_BYTES:
            wrong = f"{free // 1_000_000} MB are free at {nearest}; make room"
        yield Finding(part, wrong, str(place))


def _key_files(settings: Settings) -> Iterator[Finding]:
    place = settings.keys_at
    if place.exists() and place.stat().st_mode & 0o077:
        yield Finding("keys", f"others may enter {place}; chmod 700 it")
    if place.exists() and place.stat().st_dev == settings.cluster_at.parent.stat().st_dev:
        yield Finding("keys", "", "on the database's disk: back them up apart from it")


def _transport(settings: Settings) -> Iterator[Finding]:
    if settings.tls_certificate is not None:
        yield Finding("TLS", _certificate(settings.tls_certificate), str(settings.tls_certificate))
    elif settings.proxies:
        yield Finding("TLS", "", f"spoken by the proxy at {settings.trusted_proxies}")
    else:
        yield Finding("TLS", "", "none: enough for `ohc demo`, not for `ohc serve`")


def _certificate(path: Path) -> str:
    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return f"{path} holds no certificate that can be read"
    days = (min(each.not_valid_after_utc for each in chain) - datetime.now(UTC)).days
    return "" if days > _SOON_DAYS else f"{path} ends in {days} days; renew it"


def _messages(settings: Settings) -> Iterator[Finding]:
    told = settings.sms_gateway_url or "no gateway: residents cannot sign in"
    yield Finding("messages", "", told)
    on_duty = len(settings.on_duty)
    told = f"{on_duty} telephones" if on_duty else "nobody: alarms stand on the supervisor's pages"
    yield Finding("on duty", "", told)


def _demonstration(settings: Settings) -> Iterator[Finding]:
    try:
        refuse_demonstration(settings)
    except DemonstrationFound as error:
        yield Finding("keys", "", f"{error} `ohc serve` refuses them")


_LOOKS: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    _directories,
    _key_files,
    _demonstration,
    _transport,
    _messages,
)
