"""A life as it unfolds: what happens is put on an agenda and happens in the order of days.

Each story (``lives``) puts its first event there; an event writes a visit, changes the body and
puts the next one. So a follow-up sees the pressure the last prescription left, and a prescription
knows the allergy found the year before.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from openhealthcode.demonstration.region.body import Body
from openhealthcode.demonstration.region.chart.patient import introduce
from openhealthcode.demonstration.region.chart.record import Directory, Record
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.model import SyntheticPractitioner
from openhealthcode.demonstration.region.people import Person

Event = Callable[..., object]
"""Called with the day, and whatever was given when it was put on the agenda."""

Told = Callable[..., object]
"""Called with the visit at which the record is opened, and whatever was given."""

_RURAL_RECORDS_BEGIN = 2010
_SUNDAY = 6
_ANY_TIME = frozenset({"emergency", "ambulance", "birth"})


class Life:
    """One person's days from birth to the last day of the record."""

    def __init__(self, person: Person, rng: Random, directory: Directory, today: date) -> None:
        """Nothing has happened yet.

        ``earlier`` collects what is told when the record is opened; ``adherence`` is the share of
        doses taken.

        Nothing happens today either: a record shown this morning holds no results of this
        afternoon.
        """
        last_day = min(person.death or today, today) - timedelta(days=1)
        self.person, self.rng, self.directory, self.today = person, rng, directory, today
        self.record = Record(person, Body(person, rng), rng, directory, last_day)
        self.since = self._records_begin()
        self.chronic: list[Chronic] = []
        self.earlier: list[tuple[Told, tuple[object, ...]]] = []
        self.ldl_untreated: float | None = None
        self.adherence = rng.uniform(0.68, 1.0)
        self._agenda: list[tuple[int, int, Event, tuple[object, ...]]] = []
        self._count = 0
        self._away_until = self._seen_on = date.min
        introduce(self.record)

    def _records_begin(self) -> date:
        """When the record was opened: at birth, or by the programme of 2009 for everybody else."""
        opened = date(_RURAL_RECORDS_BEGIN + self.rng.randrange(5), 1, 1)
        opened += timedelta(days=self.rng.randrange(60, 330))
        return max(self.person.birth, opened)

    @property
    def body(self) -> Body:
        """The person's measurable state."""
        return self.record.body

    @property
    def last_day(self) -> date:
        """Nothing is written after it."""
        return self.record.last_day

    def age(self, day: date) -> float:
        """Age in years on a day."""
        return self.person.age_on(day)

    def is_recent(self, day: date, years: float) -> bool:
        """Whether a day lies within the last so many years of the record."""
        return (self.last_day - day).days < years * 365.25

    def at(self, day: date, event: Event, *details: object) -> None:
        """Put an event on the agenda; what lies after the last day never happens."""
        if day <= self.last_day:
            self._count += 1
            heapq.heappush(self._agenda, (day.toordinal(), self._count, event, details))

    def after(
        self, day: date, days: float, event: Event, *details: object, spread: float = 0.12
    ) -> None:
        """Put an event on the agenda about so many days later."""
        away = round(days * self.rng.uniform(1 - spread, 1 + spread))
        self.at(day + timedelta(days=max(away, 1)), event, *details)

    def tell(self, told: Told, *details: object) -> None:
        """Let something of before be told when the record is opened."""
        self.earlier.append((told, details))

    def befall(self, fate: str, told: Told, find: Event) -> None:
        """Let a fate take its course: found on its day, or told when the record is opened.

        Args:
            told: called with the opening visit and the year it began, if it began before.
            find: called with the day, if it begins later.
        """
        onset = self.person.fates.get(fate)
        if onset is None:
            return
        if onset < self.since:
            self.tell(told, self.remembered(onset))
        else:
            self.at(onset, find)

    def remembered(self, onset: date) -> str:
        """The year in which something of before was found: medicine has not looked for long."""
        longest = self.since.year - self.rng.randrange(3, 14)
        return str(max(onset.year, longest))

    def run(self) -> None:
        """Let everything on the agenda happen, in order."""
        while self._agenda:
            ordinal, _, event, details = heapq.heappop(self._agenda)
            day = date.fromordinal(ordinal)
            if day <= self._away_until:  # in hospital: it has to wait
                self.at(
                    self._away_until + timedelta(days=self.rng.randrange(2, 6)), event, *details
                )
            else:
                event(day, *details)

    def visit(
        self,
        day: date,
        place: str,
        specialty: str,
        kind: str = "outpatient",
        *,
        nights: int = 0,
        sensitivity: str = "",
        after: Visit | None = None,
    ) -> Visit:
        """Go and see somebody of a specialty at an institution; ``after`` another the same day."""
        doctor = self.directory.staff.someone(self.rng, place, specialty)
        if after is not None:
            self._away_until = after.day + timedelta(days=nights)
            return Visit(self.record, after.day, doctor, kind, nights=nights, after=after)
        return self.see(day, doctor, kind, nights=nights, sensitivity=sensitivity)

    def see(
        self,
        day: date,
        doctor: SyntheticPractitioner,
        kind: str,
        *,
        nights: int = 0,
        sensitivity: str = "",
    ) -> Visit:
        """Go and see somebody in particular, perhaps a day later."""
        if not nights and kind not in _ANY_TIME:
            day = self._open_day(day, alone=kind != "vaccination")
        if nights:
            self._away_until = day + timedelta(days=nights)
        return Visit(self.record, day, doctor, kind, nights=nights, sensitivity=sensitivity)

    def _open_day(self, day: date, *, alone: bool) -> date:
        """Not on Sundays; and of visits that can wait no two on one day."""
        while day < self.last_day and (
            day.weekday() == _SUNDAY or (alone and day == self._seen_on)
        ):
            day += timedelta(days=1)
        if day.weekday() == _SUNDAY:
            day -= timedelta(days=1)
        if alone:
            self._seen_on = day
        return day

    def hospital(self, specialty: str) -> str:
        """The general hospital of the place if it has the specialty, else the city's."""
        own = self.person.home.neighbourhood.hospital
        return own if self.directory.staff.has(own, specialty) else "city-central"

    @property
    def first_contact(self) -> str:
        """Village clinic or community centre."""
        return self.person.home.neighbourhood.first_contact

    @property
    def centre(self) -> str:
        """Community or township health centre."""
        return self.person.home.neighbourhood.centre


class Chronic:
    """A disease that stays and is followed up: what each visit means for it.

    Subclasses keep their own state between visits, such as the step of treatment reached.
    """

    panels: tuple[str, ...] = ()
    """Laboratory panels wanted once a year."""
    trend: tuple[str, ...] = ()
    """Quantities that older years still show, one reading a year."""
    answers: tuple[str, ...] = ()
    """What the resident may say when asked."""
    programme = ""
    """Name of the community centre's care plan, if there is one."""

    def __init__(self, life: Life) -> None:
        """Remember whose disease it is."""
        self.life = life

    def review(self, visit: Visit) -> list[str]:
        """A quarterly visit: measure, judge, adjust; without anything to measure, ask.

        Returns:
            what goes into the visit's note.
        """
        return [visit.record.rng.choice(self.answers)] if self.answers else []

    def yearly(self, visit: Visit) -> list[str]:
        """The yearly visit, after the panels: whatever else belongs to it, and what of it is noted.

        Most diseases have nothing to add.
        """
        del visit
        return []
