"""For everybody: how many overrides there were in the last year and what became of them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from openhealthcode.consent import emergency
from openhealthcode.portal.layout import platform_of, render
from openhealthcode.portal.layout.headers import PLAIN


async def show_figures(request: Request) -> Response:
    """The page."""
    figures = await emergency.override_figures(platform_of(request).pool)
    return render(request, "reviewer/figures.html", figures=figures)


async def tell_figures(request: Request) -> Response:
    """The same as JSON; ``confirmed_ratio`` is null before the first review is due."""
    figures = await emergency.override_figures(platform_of(request).pool)
    ratio = figures.confirmed_ratio
    return JSONResponse(
        {
            "opened": figures.opened,
            "confirmed": figures.confirmed,
            "objected": figures.objected,
            "waiting": figures.waiting,
            "overdue": figures.overdue,
            "confirmed_ratio": None if ratio is None else round(ratio, 4),
        },
        headers=PLAIN.headers(),
    )
