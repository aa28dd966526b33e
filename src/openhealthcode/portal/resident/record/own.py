"""What the pages of the own record read, and how they look things up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final

from starlette.requests import Request

from openhealthcode import access
from openhealthcode.access import Entry
from openhealthcode.portal.layout import language_of, platform_of
from openhealthcode.portal.resident.entries import sources
from openhealthcode.portal.resident.people import Acquaintances, acquaint
from openhealthcode.record import Resource, read_exactly
from openhealthcode.record.plain import as_date
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import RecordCategory, Sex, day_of

CHILDHOOD_YEARS: Final = 18


async def own_entries(
    request: Request, session: ResidentSession, *categories: RecordCategory
) -> tuple[Entry, ...]:
    """The resident's current entries of some categories, newest first; logged."""
    platform = platform_of(request)
    wanted = access.InCategories(frozenset(categories))
    shown = await access.own_record(platform.pool, platform.keys, session.resident_id, wanted)
    return shown.entries


def opened(entries: Iterable[Entry]) -> list[Resource]:
    """The resources of entries, in their order, with numbers as they were written."""
    return [read_exactly(entry.body) for entry in entries]


async def known_sources(request: Request, entries: Iterable[Entry]) -> Acquaintances:
    """The names of the institutions that filed these entries."""
    pool = platform_of(request).pool
    return await acquaint(pool, language_of(request), institution_ids=sources(entries))


def person_in(resources: Sequence[Resource]) -> tuple[date | None, Sex]:
    """Birth date and sex, as the record itself gives them."""
    person = next((one for one in resources if one.get("resourceType") == "Patient"), {})
    written = person.get("birthDate")
    born = as_date(written) if isinstance(written, str) and len(written) == 10 else None
    sex = person.get("gender")
    return born, Sex(sex) if sex in set(Sex) else Sex.UNKNOWN


def today() -> date:
    """The day it is, by the region's official time."""
    return day_of(datetime.now(UTC))


def is_child(born: date | None) -> bool:
    """Whether somebody is under eighteen."""
    day = today()
    if born is None:
        return False
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return 0 <= years < CHILDHOOD_YEARS
