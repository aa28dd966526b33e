"""What is known of an entry without opening it again, and what a search may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from openhealthcode.standards import RecordCategory, SensitiveCategory

Resource = dict[str, Any]
"""A FHIR resource as parsed JSON."""


@dataclass(frozen=True, slots=True)
class Description:
    """Everything the store keeps about an entry besides its sealed content.

    ``day`` is the clinical day as its author wrote it (no time zone is applied); None when the
    entry names none. A day known only to the month or year stands for its first.
    ``tokens`` are search keys in clear, ``parameter|system|code``; the store keeps only their
    keyed form.
    """

    type: str
    day: date | None
    category: RecordCategory
    sensitive: frozenset[SensitiveCategory]
    tokens: tuple[str, ...]


class Order(StrEnum):
    """How a page of results is sorted; ties are broken by the entry's id."""

    NEWEST = "-date"
    OLDEST = "date"
    FILED_LAST = "-_lastUpdated"
    FILED_FIRST = "_lastUpdated"


USUAL_PAGE: Final = 20
"""Entries on a page when the search does not say."""

Days = tuple[date | None, date | None]
"""Half-open range of days, from the first up to but not including the second; None is open."""

Moments = tuple[datetime | None, datetime | None]
"""Half-open range of moments; None is open."""


@dataclass(frozen=True, slots=True)
class Search:
    """A search inside one resident's record, as understood.

    Args:
        patient: the resident's FHIR id.
        type: the resource type asked for.
        ids: FHIR ids asked for, any of them; empty when not asked.
        tokens: one group per condition; an entry must have at least one token of every group.
        days: ranges of days in ascending order, any of which will do; None when not asked, an
            empty tuple when nothing can match. Undated entries match only None.
        filed: the same for the moment of filing.
        order: how results are sorted.
        count: entries on a page.
    """

    patient: str
    type: str
    ids: frozenset[str] = frozenset()
    tokens: tuple[frozenset[str], ...] = ()
    days: tuple[Days, ...] | None = None
    filed: tuple[Moments, ...] | None = None
    order: Order = Order.NEWEST
    count: int = USUAL_PAGE
