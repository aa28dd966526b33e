"""The record as its resident reads it: a life, newest first, in plain words."""

from __future__ import annotations

from collections import Counter
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import Entry
from openhealthcode.portal.layout import language_of, platform_of, render
from openhealthcode.portal.resident.entries import (
    CATEGORIES,
    birth_date_in,
    by_year,
    in_plain_words,
    sources,
)
from openhealthcode.portal.resident.people import acquaint
from openhealthcode.portal.resident.views import RecordView
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, RecordCategory

_ENTRIES_ON_A_PAGE: Final = 100


async def show_record(request: Request, session: ResidentSession) -> Response:
    """One page of the resident's own record, of all categories or of one."""
    platform = platform_of(request)
    chosen, start = _category(request), _start(request)
    own = await access.own_record(platform.pool, platform.keys, session.resident_id)
    of_kind = [entry for entry in own.entries if chosen in (None, entry.category)]
    shown = of_kind[start : start + _ENTRIES_ON_A_PAGE]
    known = await acquaint(platform.pool, language_of(request), institution_ids=sources(shown))
    items = [in_plain_words(entry, language_of(request), known) for entry in shown]
    record = RecordView(
        total=len(own.entries),
        counts=_counts(own.entries),
        chosen=chosen,
        years=by_year(items, birth_date_in(own.entries)),
        older=_older(chosen, start, len(of_kind)),
    )
    return render(request, "resident/record.html", record=record)


def _category(request: Request) -> RecordCategory | None:
    wanted = request.query_params.get("category")
    if wanted is None:
        return None
    if wanted not in set(RecordCategory):
        raise InvalidInput("no such category")
    return RecordCategory(wanted)


def _start(request: Request) -> int:
    text = request.query_params.get("from", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise InvalidInput("no such page")
    return int(text)


def _counts(entries: tuple[Entry, ...]) -> tuple[tuple[RecordCategory, int], ...]:
    found = Counter(entry.category for entry in entries)
    return tuple((category, found[category]) for category in CATEGORIES if found[category])


def _older(chosen: RecordCategory | None, start: int, total: int) -> str:
    following = start + _ENTRIES_ON_A_PAGE
    if following >= total:
        return ""
    return "/record?" + (f"category={chosen}&" if chosen else "") + f"from={following}"
