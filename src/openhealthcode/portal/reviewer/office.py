"""The two offices that review overrides, and pages only their holders reach."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from openhealthcode import access, audit
from openhealthcode.consent.emergency import Reviewer
from openhealthcode.portal.layout import (
    Audience,
    page_route,
    platform_of,
    see_other,
    session_token,
)
from openhealthcode.sign_in import Audience as Pages
from openhealthcode.sign_in import StaffSession, staff


@dataclass(frozen=True, slots=True)
class Office:
    """An office: the name of its sentences, its cookie, its session and its address."""

    name: str
    cookie: Audience
    pages: Pages
    home: str


OFFICER = Office("officer", Audience.REVIEW, Pages.PRIVACY_OFFICER, "/review")
AUDITOR = Office("auditor", Audience.AUDIT, Pages.AUDITOR, "/audit")
SUPERVISOR = Office("supervisor", Audience.SUPERVISION, Pages.SUPERVISOR, "/supervision")


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody signed in to an office, for the length of a request."""

    office: Office
    session: StaffSession

    @property
    def reviewer(self) -> Reviewer:
        """Who judges."""
        return Reviewer(
            self.session.practitioner_id, self.session.institution_id, self.office is SUPERVISOR
        )


Handler = Callable[[Request, Seat], Awaitable[Response]]


async def seat_of(request: Request, office: Office) -> Seat | None:
    """Who holds this office at this terminal."""
    token = session_token(request, office.cookie)
    terminal = session_token(request, Audience.TERMINAL)
    if token is None or terminal is None:
        return None
    platform = platform_of(request)
    terminal_id = staff.terminal_id(platform.keys, terminal)
    session = await staff.session(platform.pool, platform.keys, token, office.pages, terminal_id)
    return None if session is None else Seat(office, session)


async def alarms_for(request: Request, seat: Seat, *, is_fresh: bool = False) -> int:
    """How many alarms nobody has looked into."""
    platform = platform_of(request)
    return await access.alarms(platform.pool, platform.keys, seat.session, is_fresh=is_fresh)


def office_page(
    office: Office, path: str, handler: Handler, *, methods: Sequence[str] = ("GET",)
) -> Route:
    """A route under the office's address that only its signed-in holder reaches."""

    async def endpoint(request: Request) -> Response:
        seat = await seat_of(request, office)
        if seat is None:
            return see_other(f"{office.home}/sign-in")
        if office is SUPERVISOR and request.method == "GET":
            request.state.alarms = await alarms_for(request, seat)
        with audit.at_workstation(seat.session.terminal_id):
            return await handler(request, seat)

    endpoint.__name__ = f"{office.name}_{handler.__name__}"
    return page_route(office.home + path, endpoint, methods=methods)
