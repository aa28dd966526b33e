"""Entries of a record in plain words, as the resident's pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Final
from uuid import UUID

from openhealthcode.access import Entry
from openhealthcode.portal.layout import Language
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.portal.resident.views import DayView, ItemView, YearView
from openhealthcode.record import read_exactly
from openhealthcode.record.plain import describe_plainly
from openhealthcode.standards import RecordCategory

_WHO_ONE_IS: Final = RecordCategory.DEMOGRAPHICS
CATEGORIES: Final = (
    *(category for category in RecordCategory if category is not _WHO_ONE_IS),
    _WHO_ONE_IS,
)
"""The order in which a resident reads: what can harm first, who one is last."""


def in_plain_words(entry: Entry, language: Language, known: Acquaintances) -> ItemView:
    """One entry: what it is, when, and who filed it."""
    said = describe_plainly(read_exactly(entry.body), language.value, entry.category)
    return ItemView(
        title=said.title,
        detail=said.detail,
        when=said.when or (entry.day.isoformat() if entry.day else ""),
        source=known.institution(entry.institution_id),
        category=entry.category,
    )


def by_year(items: Iterable[ItemView], birth_date: date | None) -> tuple[YearView, ...]:
    """A life, newest year first, each with the age reached in it; what has no date comes last."""
    ordered = sorted(items, key=_place_in_a_day)
    ordered.sort(key=lambda item: item.when, reverse=True)
    return tuple(
        YearView(year=year, age=_age_in(year, birth_date), days=_days(of_year))
        for year, of_year in groupby(ordered, key=lambda item: item.when[:4])
    )


def _place_in_a_day(item: ItemView) -> tuple[str, bool, int]:
    is_visit = item.category is RecordCategory.ENCOUNTERS
    return item.source, not is_visit, CATEGORIES.index(item.category)


def _days(ordered: Iterable[ItemView]) -> tuple[DayView, ...]:
    return tuple(
        DayView(when=when, source=source, items=tuple(of_day))
        for (when, source), of_day in groupby(ordered, key=lambda item: (item.when, item.source))
    )


def _age_in(year: str, birth_date: date | None) -> int | None:
    if birth_date is None or not year or int(year) < birth_date.year:
        return None
    return int(year) - birth_date.year


def sources(entries: Iterable[Entry]) -> set[UUID]:
    """The institutions that filed these entries."""
    return {entry.institution_id for entry in entries}


def birth_date_in(entries: Iterable[Entry]) -> date | None:
    """The birth date the record itself gives, for the ages beside the years."""
    for entry in entries:
        if entry.type == "Patient":
            given = read_exactly(entry.body).get("birthDate", "")
            try:
                return date.fromisoformat(given)
            except (TypeError, ValueError):
                return None
    return None
