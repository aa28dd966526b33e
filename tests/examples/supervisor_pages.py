"""The supervisors' own pages on invented values, to look at without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from examples import protection_pages, trace_pages, warning_pages
from openhealthcode.access.budgets import ReaderKind, limits_of
from openhealthcode.consent.emergency import OverrideFigures
from openhealthcode.portal import layout
from openhealthcode.portal.layout.routes import routes
from openhealthcode.portal.reviewer.office import SUPERVISOR
from openhealthcode.portal.supervisor import bars
from openhealthcode.portal.supervisor.dashboard import BY_PLACE, GROUPS, LENGTHS
from openhealthcode.portal.supervisor.reading_budgets import BudgetView
from openhealthcode.portal.supervisor.views import (
    GroupView,
    HealthView,
    PeriodView,
    PlaceView,
    WaitingView,
)
from openhealthcode.supervision.summaries import FEWEST

MONDAY = date(2026, 8, 24)
WEEKS = tuple(MONDAY + timedelta(days=7 * place) for place in range(13))
COUNTS = (1204, 1377, 1292, 1488, 1650, 1702, None, 1755, 1820, 1799, 1911, 2040, 612)


def _groups(scale: int) -> tuple[GroupView, ...]:
    return tuple(
        GroupView(
            name,
            tuple(
                bars.chart(
                    measure,
                    WEEKS,
                    {
                        week: count // (place + 1) // scale
                        for week, count in zip(WEEKS, COUNTS, strict=True)
                        if count is not None and count // (place + 1) // scale >= FEWEST
                    },
                )
                for place, measure in enumerate(measures)
            ),
        )
        for name, measures in GROUPS.items()
    )


BUDGETS: dict[str, object] = {
    "office": SUPERVISOR,
    "days": 7,
    "limits": [(kind, limits_of(kind)) for kind in ReaderKind],
    "readers": [
        BudgetView(
            on_day=date(2026, 11, 22),
            kind=kind,
            name=name,
            institution="黛川市中心医院",
            unexplained=unexplained,
            explained=explained,
            refused=refused,
            stopped_at=datetime(2026, 11, 22, 3, 5, tzinfo=UTC) if refused else None,
            limits=limits_of(kind),
        )
        for kind, name, unexplained, explained, refused in (
            (ReaderKind.PRACTITIONER, "许文斌 0412", 39, 12, 7),
            (ReaderKind.SYSTEM, "住院信息系统", 120, 1544, 0),
            (
                ReaderKind.PRACTITIONER,
                "<b>x</b>\u202eevil 一个很长的名字一个很长的名字",
                22,
                240,
                0,
            ),
        )
    ],
}
DASHBOARD: dict[str, object] = {
    "office": SUPERVISOR,
    "period": PeriodView(13, LENGTHS, "", "", MONDAY, date(2026, 11, 22)),
    "groups": _groups(1),
    "places": (
        PlaceView("880101", "weeks=13&division=880101", (9120, 4400, 3100, 41, 7015, 12)),
        PlaceView("880102", "weeks=13&division=880102", (4410, 2200, 1240, 18, 3300, None)),
        PlaceView("", "", (212, 96, None, None, 55, None)),
    ),
    "columns": BY_PLACE,
    "overrides": OverrideFigures(412, 9, 31, 4),
    "active": 58,
    "health": HealthView(
        leaves=1_204_411,
        waiting=3,
        behind=210,
        counted_at=datetime.now(UTC),
        witnesses=("witness.example/north", "witness.example/south"),
        late=(),
    ),
    "waits": tuple(
        WaitingView(name, f"/{name}", count)
        for name, count in [
            ("alerts", 3),
            ("cases", 8),
            ("budgets", 0),
            ("lookups", 2),
            ("collected", 4),
            ("transfers", 1),
            ("erasures", 0),
        ]
    ),
    "silenced": ("volume",),
    "fewest": FEWEST,
    "width": bars.WIDTH,
    "height": bars.HEIGHT,
}
PAGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    **protection_pages.PAGES,
    **trace_pages.PAGES,
    **warning_pages.PAGES,
    "/supervision/dashboard": ("dashboard", DASHBOARD),
    "/supervision/budgets": ("reading_budgets", BUDGETS),
    "/supervision/budgets/none": ("reading_budgets", BUDGETS | {"readers": []}),
    "/supervision/dashboard/one": (
        "dashboard",
        DASHBOARD
        | {
            "period": PeriodView(
                13, LENGTHS, "880101", "<b>x</b>\u202e黛川市中心医院", MONDAY, date(2026, 11, 22)
            ),
            "places": (PlaceView("黛川市中心医院", "", (31, 22, None, None, 15, None)),),
        },
    ),
    "/supervision/dashboard/none": (
        "dashboard",
        DASHBOARD
        | {
            "groups": _groups(10**9),
            "places": (),
            "health": HealthView(0, 0, 0, None, (), ("sequence", "witness")),
            "overrides": OverrideFigures(0, 0, 0, 0),
        },
    ),
}


def app() -> Starlette:
    """Every page under its path."""

    async def page(request: Request) -> Response:
        template, values = PAGES[request.url.path]
        return layout.render(request, f"supervisor/{template}.html", **values)

    return Starlette(routes=[*routes(), *(layout.page_route(path, page) for path in PAGES)])
