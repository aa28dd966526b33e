"""Codes that were accepted at two desks: somebody copied one, or a phone showed one twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import healthcode, registry
from openhealthcode.healthcode import DoubleUse, Place
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.ids import InstitutionId, PractitionerId

_KEY_DIGITS = 32


@dataclass(frozen=True, slots=True)
class PlaceView:
    """Where, to whom and when."""

    institution: str
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DoubleUseView:
    """One code that was accepted twice."""

    first_key: str
    second_key: str
    first: PlaceView
    second: PlaceView
    found_at: datetime
    seen_at: datetime | None
    seen_by: str


async def show_doubled(request: Request, seat: Seat) -> Response:
    """What nobody has looked into first, then the latest."""
    found = await healthcode.double_uses(platform_of(request).pool, datetime.now(UTC))
    names = await _Names.of(request, found)
    views = [names.view(one) for one in found]
    return render(request, "reviewer/doubled.html", office=seat.office, doubled=views)


async def see_doubled(request: Request, seat: Seat) -> Response:
    """Somebody looks into one of them.

    Raises:
        InvalidInput: not one that our page lists.
    """
    form = await read_form(request)
    first, second = (_key(form.text(name)) for name in ("first", "second"))
    now, pool = datetime.now(UTC), platform_of(request).pool
    await healthcode.see_double_use(pool, first, second, seat.session.practitioner_id, now)
    return see_other("/supervision/doubled")


def _key(text: str) -> bytes:
    try:
        if len(text) == _KEY_DIGITS:
            return bytes.fromhex(text)
    except ValueError:
        pass
    raise InvalidInput("not a case of the list")


@dataclass(frozen=True, slots=True)
class _Names:
    """What people and places are called, in the reader's language."""

    people: dict[PractitionerId, str]
    places: dict[InstitutionId, str]

    @classmethod
    async def of(cls, request: Request, found: list[DoubleUse]) -> _Names:
        pool, in_english = platform_of(request).pool, language_of(request) is Language.ENGLISH
        both = [place for one in found for place in (one.first, one.second)]
        seen_by = {one.seen_by for one in found if one.seen_by}
        people = await registry.practitioners(pool, {p.practitioner_id for p in both} | seen_by)
        places = await registry.institutions(pool, {p.institution_id for p in both})
        return cls(
            {key: (one.name_en if in_english else "") or one.name for key, one in people.items()},
            {key: (one.name_en if in_english else "") or one.name for key, one in places.items()},
        )

    def view(self, one: DoubleUse) -> DoubleUseView:
        return DoubleUseView(
            one.first_key.hex(),
            one.second_key.hex(),
            self._place(one.first),
            self._place(one.second),
            one.found_at,
            one.seen_at,
            self.people.get(one.seen_by, "") if one.seen_by else "",
        )

    def _place(self, place: Place) -> PlaceView:
        return PlaceView(
            self.places.get(place.institution_id, ""),
            self.people.get(place.practitioner_id, ""),
            place.accepted_at,
        )
