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

from openhealthcode import app, operations, terminology
from openhealthcode.commands.installation import DemonstrationFound, reachable, refuse_demonstration
from openhealthcode.database import Pool
from openhealthcode.settings import Settings
from openhealthcode.standards import HealthCodeError

_LEAST_FREE_BYTES: Final = 2_000_000_000
_SOON_DAYS: Final = 21


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
            yield Finding("clock", await _clock(platform.pool), "the database's agrees with ours")
            yield await _sensitive_map(platform)
    except HealthCodeError as error:
        yield Finding("database", str(error))
    except (OSError, asyncpg.PostgresError) as error:
        yield Finding("database", f"does not answer ({type(error).__name__}); see OHC_DATABASE_URL")


async def _clock(pool: Pool) -> str:
    behind = abs((datetime.now(UTC) - await operations.database_time(pool)).total_seconds())
    return "" if behind < 1 else f"differs from ours by {behind:.0f} s; codes live 60: set up NTP"


async def _sensitive_map(platform: app.Platform) -> Finding:
    """Which edition is in force, and by whose word; an altered one stops whatever is filed."""
    try:
        edition = (await terminology.in_force(platform.pool, platform.keys)).edition
    except HealthCodeError as error:
        return Finding("map", f"{error} Nothing can be filed: restore terminology.edition")
    by = "、".join(edition.reviewers) or "nobody yet: have it reviewed at /supervision/map"
    return Finding("map", "", f"edition {edition.version}, reviewed by {by}")


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
