"""What every institution collects beyond the rules, or for nobody; and being lenient for a while."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import collection, registry
from openhealthcode.portal.layout import (
    Language,
    language_of,
    platform_of,
    read_form,
    render,
    see_other,
)
from openhealthcode.portal.registrar.views import ReportLine, report_lines
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.standards import InvalidInput, NotFound
from openhealthcode.standards.ids import InstitutionId

_DAYS: Final = 90
LENIENT_DAYS: Final = ("30", "60", "90", "0")
"""How long a sender may be treated leniently; 0 ends it."""


@dataclass(frozen=True, slots=True)
class SenderView:
    """An institution, what of its deliveries stands out, and until when it is treated leniently."""

    institution_id: InstitutionId
    name: str
    lines: tuple[ReportLine, ...]
    elements: int
    lenient_until: datetime | None


async def show_collected(request: Request, seat: Seat) -> Response:
    """Every institution that delivered, those with the most that stands out first."""
    pool, since = platform_of(request).pool, datetime.now(UTC).date() - timedelta(days=_DAYS)
    reports = await collection.over_collections(pool, since)
    lenient = {one.institution_id: one.until for one in await collection.lenient_senders(pool)}
    names = await _names(request, {*reports, *lenient})
    senders = [
        SenderView(
            institution_id=id_,
            name=name,
            lines=tuple(line for line in lines if line.stands_out),
            elements=len(lines),
            lenient_until=lenient.get(id_),
        )
        for id_, name in names.items()
        for lines in [report_lines(request, reports.get(id_, ()))]
    ]
    return render(
        request,
        "reviewer/collected.html",
        office=seat.office,
        senders=sorted(senders, key=lambda one: -len(one.lines)),
        since=since.replace(day=1),
        lengths=LENIENT_DAYS,
    )


async def be_lenient(request: Request, seat: Seat) -> Response:
    """Be lenient with a sender for some days, or end it.

    Raises:
        NotFound: no such institution.
        InvalidInput: not a length our page offers.
    """
    pool, days = platform_of(request).pool, (await read_form(request)).text("days")
    institution_id = InstitutionId(request.path_params["id"])
    if institution_id not in await registry.institutions(pool, [institution_id]):
        raise NotFound
    if days not in LENIENT_DAYS:
        raise InvalidInput("a length that is not offered")
    until = datetime.now(UTC) + timedelta(days=int(days))
    await collection.be_lenient(
        pool, institution_id, until, allowed_by=UUID(int=seat.session.practitioner_id.int)
    )
    return see_other("/supervision/collected")


async def _names(request: Request, ids: Collection[InstitutionId]) -> dict[InstitutionId, str]:
    known = await registry.institutions(platform_of(request).pool, ids)
    in_english = language_of(request) is Language.ENGLISH
    return {
        InstitutionId(id_): (one.name_en if in_english else "") or one.name
        for id_, one in known.items()
    }
