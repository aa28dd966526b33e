"""The record as its resident reads it: a life, newest first, in plain words; found by word and year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

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
from openhealthcode.portal.resident.record.own import is_child
from openhealthcode.portal.resident.views import ItemView, RecordView
from openhealthcode.record import read_exactly
from openhealthcode.record.plain import is_entered_in_error, text_matches
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import InvalidInput, RecordCategory

_ENTRIES_ON_A_PAGE: Final = 100
_LONGEST_QUERY: Final = 64


async def show_record(request: Request, session: ResidentSession) -> Response:
    """One page of the resident's own record: of one kind, one year or with some words, or of all."""
    platform, language = platform_of(request), language_of(request)
    chosen, start = _category(request), _start(request)
    query = request.query_params.get("q", "").strip()[:_LONGEST_QUERY]
    own = await access.own_record(platform.pool, platform.keys, session.resident_id)
    known = await acquaint(platform.pool, language, institution_ids=sources(own.entries))
    asked = [entry for entry in own.entries if chosen in (None, entry.category)]
    # Words and years are looked for in what a reader sees; without them one page is put in words.
    year = _year(request)
    narrows = bool(query or year)
    told = asked if narrows else asked[start : start + _ENTRIES_ON_A_PAGE]
    items = [_marked(entry, in_plain_words(entry, language, known)) for entry in told]
    found = [item for item in items if _is_found(item, query, year)]
    total = len(found) if narrows else len(asked)
    shown = found[start : start + _ENTRIES_ON_A_PAGE] if narrows else found
    born = birth_date_in(own.entries)
    record = RecordView(
        total=len(own.entries),
        counts=_counts(own.entries),
        chosen=chosen,
        years=by_year(shown, born),
        older=_older(request, start, total),
        found=total,
        query=query,
        all_years=_years(own.entries),
        chosen_year=year,
        is_child=is_child(born),
    )
    return render(request, "resident/record.html", record=record)


def _marked(entry: Entry, item: ItemView) -> ItemView:
    """The item with the page it leads to, and whether something was said of it later."""
    is_error = b"entered-in-error" in entry.body and is_entered_in_error(read_exactly(entry.body))
    mark = "error" if is_error else "changed" if entry.version > 1 else ""
    return replace(item, entry_id=entry.entry_id, mark=mark)


def _is_found(item: ItemView, query: str, year: str) -> bool:
    if year and not item.when.startswith(year):
        return False
    return not query or text_matches(f"{item.title} {item.detail} {item.source} {item.when}", query)


def _category(request: Request) -> RecordCategory | None:
    wanted = request.query_params.get("category", "")
    if not wanted:
        return None
    if wanted not in set(RecordCategory):
        raise InvalidInput("no such category")
    return RecordCategory(wanted)


def _year(request: Request) -> str:
    text = request.query_params.get("year", "")
    if text and not (text.isascii() and text.isdigit() and len(text) == 4):
        raise InvalidInput("no such year")
    return text


def _start(request: Request) -> int:
    text = request.query_params.get("from", "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise InvalidInput("no such page")
    return int(text)


def _counts(entries: Iterable[Entry]) -> tuple[tuple[RecordCategory, int], ...]:
    found = Counter(entry.category for entry in entries)
    return tuple((category, found[category]) for category in CATEGORIES if found[category])


def _years(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The years something is dated in, the latest first."""
    return tuple(
        str(year)
        for year in sorted({entry.day.year for entry in entries if entry.day}, reverse=True)
    )


def _older(request: Request, start: int, total: int) -> str:
    following = start + _ENTRIES_ON_A_PAGE
    if following >= total:
        return ""
    kept = {
        name: value
        for name in ("category", "year", "q")
        if (value := request.query_params.get(name, ""))
    }
    return "/record?" + urlencode(kept | {"from": following})
