"""The pages of the sensitive map on the rows of this release and invented editions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.collection import Rereading
from openhealthcode.portal import layout
from openhealthcode.portal.layout.routes import routes
from openhealthcode.portal.reviewer.office import SUPERVISOR
from openhealthcode.portal.sensitive.views import (
    CATEGORIES,
    ChangeView,
    EditionView,
    RowForm,
    by_category,
)
from openhealthcode.terminology import EVIDENCE, Edition, EditionState, packaged_map, systems

NOW = datetime.now(UTC)
ROWS = by_category(packaged_map().rows)
VERSION = packaged_map().edition.version
REVIEWED = Edition(f"{VERSION}+1", NOW.date(), ("王敏", "<b>李强</b>"))
GOING_ON = Rereading(f"{VERSION}+1", NOW - timedelta(minutes=4), None, 12_400, 311)
DRAFT = EditionView(
    number=2,
    version=f"{VERSION}+2",
    base=f"{VERSION}+1",
    state=EditionState.DRAFT,
    author="王敏",
    decider="",
    reason="",
    at=NOW - timedelta(hours=2),
    is_mine=True,
    rows=ROWS,
    closes=(ChangeView("genetic", ("痛风", "高尿酸血症", "icd-10 M10…")),),
    opens=(ChangeView("abuse", ("庇护所", "safeguarding")),),
)
PROPOSED = replace(
    DRAFT,
    number=3,
    state=EditionState.PROPOSED,
    is_mine=False,
    reason="痛风发病与家族有关，化验单上的尿酸也会透露。<script>" * 3,
)
APPROVED = replace(
    PROPOSED, number=1, state=EditionState.APPROVED, decider="李强", rows=(), opens=()
)
FORM = {
    "office": SUPERVISOR,
    "number": 2,
    "place": 4,
    "form": RowForm.of(packaged_map().rows[0]),
    "categories": CATEGORIES,
    "evidence": EVIDENCE,
    "families": sorted(systems.FAMILIES),
    "problem": False,
}
LIST = {
    "office": SUPERVISOR,
    "edition": REVIEWED,
    "rereading": GOING_ON,
    "in_work": DRAFT,
    "settled": (APPROVED, replace(APPROVED, number=4, state=EditionState.REFUSED)),
    "is_moved": False,
}
ONE = {"office": SUPERVISOR, "problem": "", "typed": "", "rereading": GOING_ON}
PAGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/sensitive": ("map", {"edition": packaged_map().edition, "rows": ROWS}),
    "/supervision/map": ("editions", LIST),
    "/supervision/map/none": (
        "editions",
        LIST
        | {"in_work": None, "settled": (), "is_moved": True}
        | {"rereading": replace(GOING_ON, finished_at=NOW, residents=1)},
    ),
    "/supervision/map/2": ("edition", ONE | {"edition": DRAFT}),
    "/supervision/map/again": (
        "edition",
        ONE | {"edition": DRAFT, "problem": "reason", "typed": "好"},
    ),
    "/supervision/map/3": ("edition", ONE | {"edition": PROPOSED}),
    "/supervision/map/1": ("edition", ONE | {"edition": replace(APPROVED, closes=())}),
    "/supervision/map/2/rows/4": ("row", FORM),
    "/supervision/map/2/rows/0": (
        "row",
        FORM | {"place": 0, "form": RowForm(words="痛"), "problem": True},
    ),
}


def app() -> Starlette:
    """Every page under its path."""

    async def page(request: Request) -> Response:
        template, values = PAGES[request.url.path]
        return layout.render(request, f"sensitive/{template}.html", **values)

    return Starlette(routes=[*routes(), *(layout.page_route(path, page) for path in PAGES)])
