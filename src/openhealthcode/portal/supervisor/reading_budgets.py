"""Who has read of many residents: the budgets, and whom reading stopped for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import budgets
from openhealthcode.access.budgets import BudgetStanding, Limits, ReaderKind
from openhealthcode.portal.layout import platform_of, render
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.portal.supervisor.names import Names, names_of

_DAYS: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetView:
    """One reader on one day."""

    on_day: date
    kind: ReaderKind
    name: str
    institution: str
    unexplained: int
    explained: int
    refused: int
    stopped_at: datetime | None
    limits: Limits


async def show_budgets(request: Request, seat: Seat) -> Response:
    """Half a limit and more within the last week, the latest day first."""
    found = await budgets.readers_near_their_limit(platform_of(request).pool, days=_DAYS)
    names = await names_of(
        request,
        people=[one.reader.reader_id for one in found if not _is_system(one)],
        systems=[one.reader.reader_id for one in found if _is_system(one)],
        places=[one.reader.institution_id for one in found],
    )
    return render(
        request,
        "supervisor/reading_budgets.html",
        office=seat.office,
        readers=[_view(one, names) for one in found],
        limits=[(kind, budgets.limits_of(kind)) for kind in ReaderKind],
        days=_DAYS,
    )


def _view(one: BudgetStanding, names: Names) -> BudgetView:
    return BudgetView(
        on_day=one.on_day,
        kind=one.reader.kind,
        name=names.called(one.reader.kind, one.reader.reader_id),
        institution=names.place(one.reader.institution_id),
        unexplained=one.unexplained,
        explained=one.explained,
        refused=one.refused,
        stopped_at=one.stopped_at,
        limits=one.limits,
    )


def _is_system(one: BudgetStanding) -> bool:
    return one.reader.kind is ReaderKind.SYSTEM
