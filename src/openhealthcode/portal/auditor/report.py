"""The report of a month: figures, checks, warnings, transfers and the log's head, to print or as data."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openhealthcode.consent import emergency
from openhealthcode.consent.emergency import OverrideFigures
from openhealthcode.portal.auditor.checks import CheckView, check_views
from openhealthcode.portal.layout import platform_of, render
from openhealthcode.portal.layout.headers import PLAIN
from openhealthcode.portal.reviewer.office import Seat
from openhealthcode.standards import OFFICIAL_TIME, InvalidInput
from openhealthcode.supervision import agreements, alerts, summaries
from openhealthcode.supervision.alerts import AlertFigures
from openhealthcode.supervision.summaries import Measure, Scope

_MONTH: Final = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What stands in it.

    Args:
        first_week, end_week: the weeks that begin in the month; the last may reach into the next.
        head: the newest signed head of the log, as published; empty where there is none.
    """

    month: str
    first_week: date
    end_week: date
    made_at: datetime
    totals: dict[Measure, int]
    overrides: OverrideFigures
    checks: tuple[CheckView, ...]
    warnings: AlertFigures
    parties: int
    not_agreed: int
    head: str


async def show_report(request: Request, seat: Seat) -> Response:
    """The page, made to be printed."""
    report = await _report(request)
    return render(request, "auditor/report.html", office=seat.office, report=report)


async def tell_report(request: Request, _: Seat) -> Response:
    """The same as data."""
    report = await _report(request)
    warnings = report.warnings
    told = {
        "month": report.month,
        "weeks": {"from": report.first_week.isoformat(), "before": report.end_week.isoformat()},
        "madeAt": report.made_at.isoformat(timespec="seconds"),
        "figures": {measure.value: times for measure, times in report.totals.items()},
        "overridesOfAYear": {
            "opened": report.overrides.opened,
            "confirmed": report.overrides.confirmed,
            "objected": report.overrides.objected,
            "overdue": report.overrides.overdue,
        },
        "checks": {one.check.value: _told(one) for one in report.checks},
        "warnings": {
            "edition": warnings.edition,
            "opened": warnings.opened,
            "open": warnings.open_now,
            "dismissed": warnings.dismissed,
            "cases": warnings.cases,
            "silencedRules": list(warnings.silenced),
        },
        "transfers": {"parties": report.parties, "notAgreed": report.not_agreed},
        "logHead": report.head,
    }
    name = f'attachment; filename="report-{report.month}.json"'
    return JSONResponse(told, headers=PLAIN.headers() | {"Content-Disposition": name})


def _told(one: CheckView) -> dict[str, object] | None:
    if one.run is None or one.run.outcome is None or one.run.finished_at is None:
        return None
    return {
        "finishedAt": one.run.finished_at.isoformat(timespec="seconds"),
        "checked": one.run.outcome.checked,
        "found": one.run.outcome.found,
    }


async def _report(request: Request) -> Report:
    platform = platform_of(request)
    month = _month(request)
    first, end = _weeks(month)
    today = datetime.now(UTC).date()
    figures = await summaries.figures(platform.pool, Scope(first, end))
    parties = await agreements.transfers(platform.pool)
    sequencer = platform.sequencer
    head = await asyncio.to_thread(sequencer.published) if sequencer else None
    return Report(
        month=month,
        first_week=first,
        end_week=end,
        made_at=datetime.now(UTC),
        totals={one: figures.total(one) for one in Measure if one in figures.by_week},
        overrides=await emergency.override_figures(platform.pool),
        checks=await check_views(request),
        warnings=await alerts.figures(platform.pool, platform.keys),
        parties=len(parties),
        not_agreed=sum(one.lacks_agreement(today) for one in parties),
        head=head or "",
    )


def _month(request: Request) -> str:
    """The month asked for, or this one.

    Raises:
        InvalidInput: none.
    """
    asked = request.query_params.get("month", f"{datetime.now(OFFICIAL_TIME):%Y-%m}")
    if not _MONTH.fullmatch(asked):
        raise InvalidInput("not a month")
    return asked


def _weeks(month: str) -> tuple[date, date]:
    """The Monday of the first week that begins in the month, and that after its last."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    return _next_monday(first), _next_monday(following)


def _next_monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)
