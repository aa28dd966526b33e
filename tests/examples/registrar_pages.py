"""The registrar's pages on invented values, so that they can be looked at without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from examples import duplicate_pages, paper_pages, representation_pages
from openhealthcode.access import CounterIdentity
from openhealthcode.collection import LANGUAGES, ElementReport
from openhealthcode.identity import quality
from openhealthcode.portal import layout
from openhealthcode.portal.layout.routes import routes
from openhealthcode.portal.registrar import registration
from openhealthcode.portal.registrar.views import registration_view, report_lines
from openhealthcode.sign_in import BindingProof, PendingBinding, StaffSession
from openhealthcode.standards import Sex
from openhealthcode.standards.ids import ResidentId

PENDING = PendingBinding(
    ResidentId(uuid4()), "139****5678", datetime.now(UTC) + timedelta(minutes=12)
)
COMPARED = {
    "number": "482913",
    "who": CounterIdentity("李**", ("880105********002X", "E12*****78")),
    "pending": PENDING,
    "proofs": tuple(BindingProof),
}
PAGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/registrar/sign-in": ("sign_in", {"account": "", "problem": ""}),
    "/registrar/sign-in/wrong": ("sign_in", {"account": "A0217", "problem": "wrong"}),
    "/registrar": ("number", {"problem": ""}),
    "/registrar/unknown": ("number", {"problem": "unknown"}),
    "/registrar/binding": ("compare", COMPARED),
    "/registrar/binding/hostile": (
        "compare",
        COMPARED | {"who": CounterIdentity("<b>x</b>\u202e**", ("<i>1</i>",))},
    ),
    "/registrar/binding/done": ("done", {}),
    "/registrar/registration/done": (
        "registered",
        {"is_new": True, "doubts": quality.in_force().rules[:2]},
    ),
    "/registrar/registration/known": ("registered", {"is_new": False, "doubts": ()}),
    **representation_pages.REGISTRAR,
    **paper_pages.REGISTRAR,
}


REPORT = (
    ElementReport("follow-up", "smoking", 41, 38, 0, 0, 3),
    ElementReport("outpatient", "diagnosis", 912, 912, 0, 0, 0),
    ElementReport("outpatient", "marital-status", 907, 0, 12, 895, 0),
    ElementReport("outpatient", "Patient.generalPractitioner", 5, 0, 5, 0, 0),
)


async def _registration(request: Request) -> Response:
    return await registration.show_form(request, cast("StaffSession", None))


async def _registration_again(request: Request) -> Response:
    return layout.render(
        request,
        "registrar/register.html",
        page=registration_view(request, registration.RULE),
        answers={"name": "<b>周</b>", "sex": "female", "phone": "12"},
        refused=("address",),
        problems={"certificate": "disagrees", "phone": "malformed", "seen": "missing"},
        sexes=(Sex.FEMALE, Sex.MALE, Sex.UNKNOWN),
        languages=LANGUAGES,
    )


async def _collected(request: Request) -> Response:
    lines = report_lines(request, REPORT)
    return layout.render(
        request, "registrar/collected.html", lines=lines, since=datetime.now(UTC).date()
    )


MADE = {
    "/registrar/registration": _registration,
    "/registrar/registration/again": _registration_again,
    "/registrar/collected": _collected,
    **duplicate_pages.MADE,
}


def app() -> Starlette:
    """Every page under its path."""

    async def page(request: Request) -> Response:
        template, values = PAGES[request.url.path]
        return layout.render(request, f"registrar/{template}.html", **values)

    static = [layout.page_route(path, page) for path in PAGES]
    made = [layout.page_route(path, endpoint) for path, endpoint in MADE.items()]
    return Starlette(routes=[*routes(), *static, *made])
