"""Vaccinations on record, and for a child what the national programme still has ahead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import Entry
from openhealthcode.portal.layout import Language, language_of, render
from openhealthcode.portal.resident.entries import in_plain_words
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.portal.resident.record.own import (
    is_child,
    known_sources,
    opened,
    own_entries,
    person_in,
    today,
)
from openhealthcode.portal.resident.record.views import (
    DoseView,
    VaccinationsView,
    VaccineView,
)
from openhealthcode.record import Resource
from openhealthcode.record.immunisation import (
    ScheduledDose,
    ScheduledPlan,
    State,
    given_in,
    schedule_of,
)
from openhealthcode.record.plain import reason_of
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import RecordCategory, Sex

_NOW = frozenset({State.DUE, State.LATE, State.DECIDED})
_DONE = frozenset({State.GIVEN, State.BEFORE})


async def show_vaccinations(request: Request, session: ResidentSession) -> Response:
    """A child's schedule, and every vaccination on record."""
    entries = await own_entries(
        request, session, RecordCategory.IMMUNISATIONS, RecordCategory.DEMOGRAPHICS
    )
    resources = opened(entries)
    born, sex = person_in(resources)
    known = await known_sources(request, entries)
    seen = _Seen(entries, resources, known, language_of(request))
    view = VaccinationsView(
        is_child=is_child(born),
        is_birth_known=born is not None,
        recorded=tuple(seen.recorded()),
        **_sorted(seen.doses(born, sex, today())) if born else {},
    )
    return render(request, "resident/record_vaccinations.html", view=view)


def _sorted(doses: Iterable[DoseView]) -> dict[str, tuple[DoseView, ...]]:
    by_age = sorted(doses, key=lambda one: (one.age_months, one.due_from))
    return {
        "now": tuple(one for one in by_age if one.state in _NOW),
        "ahead": tuple(
            sorted(
                (one for one in by_age if one.state is State.AHEAD), key=lambda one: one.due_from
            )
        ),
        "done": tuple(one for one in by_age if one.state in _DONE),
        "past": tuple(one for one in by_age if one.state is State.PAST),
    }


class _Seen:
    """The entries of one page, and how each is shown."""

    def __init__(
        self,
        entries: Sequence[Entry],
        resources: Sequence[Resource],
        known: Acquaintances,
        language: Language,
    ) -> None:
        self._entries, self._resources = entries, resources
        self._known, self._language = known, language

    def doses(self, born: date, sex: Sex, day: date) -> Iterable[DoseView]:
        """Every dose of the programme that is meant for this child."""
        for scheduled in schedule_of(given_in(self._resources), born, sex, day):
            for dose in scheduled.doses:
                yield self._dose(scheduled, dose)

    def _dose(self, scheduled: ScheduledPlan, dose: ScheduledDose) -> DoseView:
        entry = self._entries[dose.given.entry] if dose.given else None
        is_chinese = self._language is Language.CHINESE
        reason = ""
        if dose.given and dose.state is State.DECIDED:
            reason = reason_of(self._resources[dose.given.entry], self._language.value)
        return DoseView(
            disease=scheduled.plan.disease[0 if is_chinese else 1],
            number=dose.number,
            of=len(scheduled.doses),
            state=dose.state,
            due_from=dose.due_from,
            due_before=dose.due_before,
            age_months=dose.planned.age,
            given_on=dose.given.day.isoformat() if dose.given and dose.given.day else "",
            source=self._known.institution(entry.institution_id) if entry else "",
            entry_id=entry.entry_id if entry else None,
            reason=reason,
        )

    def recorded(self) -> Iterable[VaccineView]:
        """Every vaccination as it was recorded, newest first."""
        for entry, resource in zip(self._entries, self._resources, strict=True):
            if resource.get("resourceType") == "Immunization":
                said = in_plain_words(entry, self._language, self._known)
                yield VaccineView(
                    entry_id=entry.entry_id,
                    title=said.title,
                    detail=said.detail,
                    when=said.when,
                    source=said.source,
                )
