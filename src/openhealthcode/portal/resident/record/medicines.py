"""What somebody takes now, and what they took before."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import Entry
from openhealthcode.portal.layout import language_of, render
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.portal.resident.record.own import (
    known_sources,
    opened,
    own_entries,
    today,
)
from openhealthcode.portal.resident.record.views import MedicineView
from openhealthcode.record.plain import Language
from openhealthcode.record.summary import (
    MEDICATION_TYPES,
    Medicine,
    PastMedicine,
    medication_of,
    past_medication_of,
)
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards import RecordCategory


async def show_medicines(request: Request, session: ResidentSession) -> Response:
    """Medicines in use, newest first, then those of before."""
    entries = await own_entries(
        request, session, RecordCategory.MEDICATION, RecordCategory.TRADITIONAL_MEDICINE
    )
    known = await known_sources(request, entries)
    language: Language = language_of(request).value
    told = [
        (place, resource)
        for place, resource in enumerate(opened(entries))
        if resource.get("resourceType") in MEDICATION_TYPES
    ]
    current = [_current(one, entries, known) for one in medication_of(told, today(), language)]
    past = [_past(one, entries, known) for one in past_medication_of(told, today(), language)]
    return render(request, "resident/record_medicines.html", current=current, past=past)


def _current(one: Medicine, entries: Sequence[Entry], known: Acquaintances) -> MedicineView:
    entry = entries[one.entry]
    return MedicineView(
        entry_id=entry.entry_id,
        name=one.name,
        detail=" · ".join(part for part in (one.dose, one.frequency) if part),
        last=one.since,
        source=known.institution(entry.institution_id),
    )


def _past(one: PastMedicine, entries: Sequence[Entry], known: Acquaintances) -> MedicineView:
    entry = entries[one.entry]
    return MedicineView(
        entry_id=entry.entry_id,
        name=one.name,
        first=one.first if one.first != one.last else "",
        last=one.last,
        source=known.institution(entry.institution_id),
    )
