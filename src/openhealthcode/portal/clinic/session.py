"""Pages of a clinician who is signed in at this terminal; everybody else is sent to sign in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from openhealthcode import audit, registry
from openhealthcode.portal.clinic.label import pattern_now
from openhealthcode.portal.clinic.views import StaffView
from openhealthcode.portal.layout import (
    Audience,
    Language,
    PagePolicy,
    language_of,
    page_route,
    platform_of,
    render,
    see_other,
    session_token,
)
from openhealthcode.portal.layout.headers import PLAIN
from openhealthcode.registry import PractitionerRole
from openhealthcode.sign_in import Audience as Pages
from openhealthcode.sign_in import StaffSession, staff
from openhealthcode.standards.ids import InstitutionId, PractitionerId, TerminalId


@dataclass(frozen=True, slots=True)
class Desk:
    """One clinician at one terminal, for the length of a request."""

    session: StaffSession
    token: str = field(repr=False)
    view: StaffView
    role: PractitionerRole

    @property
    def practitioner_id(self) -> PractitionerId:
        """Who looks."""
        return self.session.practitioner_id

    @property
    def institution_id(self) -> InstitutionId:
        """For which institution."""
        return self.session.institution_id

    @property
    def terminal_id(self) -> TerminalId:
        """At which browser."""
        return self.session.terminal_id


Handler = Callable[[Request, Desk], Awaitable[Response]]


async def session_of(request: Request, *, is_use: bool = True) -> StaffSession | None:
    """The live session of the clinician at this terminal."""
    token = session_token(request, Audience.CLINIC)
    terminal = session_token(request, Audience.TERMINAL)
    if token is None or terminal is None:
        return None
    platform = platform_of(request)
    terminal_id = staff.terminal_id(platform.keys, terminal)
    return await staff.session(
        platform.pool, platform.keys, token, Pages.CLINIC, terminal_id, is_use=is_use
    )


async def desk_of(request: Request, *, is_use: bool = True) -> Desk | None:
    """Who sits at this terminal, as the register knows them."""
    session = await session_of(request, is_use=is_use)
    if session is None:
        return None
    pool = platform_of(request).pool
    practitioner = await registry.practitioner(pool, session.practitioner_id)
    institution = await registry.institution(pool, session.institution_id)
    in_english = language_of(request) is Language.ENGLISH
    view = StaffView(
        name=(practitioner.name_en if in_english else "") or practitioner.name,
        staff_number=practitioner.staff_number,
        title=practitioner.title,
        department=practitioner.department,
        institution=(institution.name_en if in_english else "") or institution.name,
        pattern=pattern_now(platform_of(request).keys, session.practitioner_id),
    )
    token = session_token(request, Audience.CLINIC) or ""
    return Desk(session, token, view, practitioner.role)


def clinic_page(
    path: str,
    handler: Handler,
    *,
    methods: Sequence[str] = ("GET",),
    is_part: bool = False,
    is_use: bool = True,
) -> Route:
    """A route only a signed-in clinician reaches.

    Args:
        path: its address.
        handler: answers, given who sits there.
        methods: as for any route.
        is_part: fetched by a script of ours, which is told 401 instead of being sent elsewhere.
        is_use: shows that somebody is at work, and so keeps the session.
    """

    async def endpoint(request: Request) -> Response:
        desk = await desk_of(request, is_use=is_use)
        if desk is not None:
            with audit.at_workstation(desk.terminal_id):
                return await handler(request, desk)
        if is_part:
            return Response(status_code=401)
        back = request.url.path if request.method == "GET" else "/clinic"
        return see_other(f"/clinic/sign-in?back={quote(back)}")

    endpoint.__name__ = handler.__name__
    return page_route(path, endpoint, methods=methods)


def show(
    request: Request,
    desk: Desk,
    template: str,
    *,
    status: int = 200,
    policy: PagePolicy = PLAIN,
    **values: object,
) -> HTMLResponse:
    """A page of the clinic, with who is signed in on it."""
    return render(
        request, f"clinic/{template}", status=status, policy=policy, staff=desk.view, **values
    )
