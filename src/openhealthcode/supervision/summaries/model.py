"""What is counted, where, and in which portions it is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

FEWEST: Final = 11
"""The least number that is shown: a smaller one can mean a person."""


class Measure(StrEnum):
    """What is counted; one event of the log counts for one measure or none."""

    REGISTERED = "registered"
    CLOSED = "closed"
    PHONE_BOUND = "phone-bound"
    CODE_OFFLINE = "code-offline"
    """A phone fetched codes for days without network."""
    CODE_PRINTED = "code-printed"
    CODE_SHOWN = "code-shown"
    """Somebody was identified by the code they showed, or at a counter."""
    FILED = "filed"
    SHOWN_TO_PEOPLE = "shown-to-people"
    SHOWN_TO_SYSTEMS = "shown-to-systems"
    REFUSED = "refused"
    """Somebody asked for a record and was shown nothing."""
    ASKED = "asked"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    RESTRICTED = "restricted"
    OVERRIDE = "override"
    OVERRIDE_REVIEWED = "override-reviewed"
    OWN_VIEW = "own-view"
    COPIED = "copied"


class Place(NamedTuple):
    """Where something happened: an institution of a division (GB/T 2260, county).

    ``institution_id`` None stands for all institutions of the division that are too small to be
    shown by themselves; an empty division for whatever is too small even so, and for what residents
    did by themselves.
    """

    division: str = ""
    institution_id: UUID | None = None


class Cell(NamedTuple):
    """One published number: at least ``FEWEST``."""

    week: date
    measure: Measure
    place: Place
    times: int


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for: whole weeks, and all of the region or one division or one institution.

    Args:
        first_week: its Monday.
        end_week: the Monday after the last week.
    """

    first_week: date
    end_week: date
    division: str = ""
    institution_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Published numbers, summed in the two ways the pages show; sums of what is published alone.

    Args:
        by_week: for each measure the sum of each week.
        by_place: for each measure the sum of each place within the scope: divisions if all of the
            region was asked for, else institutions of the division.
    """

    weeks: tuple[date, ...]
    by_week: Mapping[Measure, Mapping[date, int]]
    by_place: Mapping[Measure, Mapping[Place, int]]

    def total(self, measure: Measure) -> int:
        """The sum of all weeks."""
        return sum(self.by_week.get(measure, {}).values())
