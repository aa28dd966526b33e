"""Whose pages these are: the signed-in resident's, or those of somebody they act for.

To whom somebody has turned is kept in the browser, sealed under the session's own token. It opens
nothing: whether it still holds is asked at every request, and again by every act. A page that is
not in ``PAGES`` is nobody's but the resident's own.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import access
from openhealthcode.access import ActingFor, Represented
from openhealthcode.portal.layout import (
    Audience,
    forget_session,
    platform_of,
    remember_session,
    session_token,
)
from openhealthcode.representation import Power, RepresentationKind
from openhealthcode.sign_in import ResidentSession
from openhealthcode.standards.ids import RepresentationId, ResidentId
from openhealthcode.trust import UnreadableSeal

_ANY: Final = frozenset(Power)
_VISITS, _CONSENTS = frozenset({Power.VISITS}), frozenset({Power.CONSENTS})
_RIGHTS, _EMERGENCY = frozenset({Power.RIGHTS}), frozenset({Power.EMERGENCY})
_RECORD = frozenset({Power.RECORD})
_LOG, _CLOSING = frozenset({Power.LOG}), frozenset({Power.CLOSING})
PAGES: Final[Mapping[str, frozenset[Power]]] = {
    "/": _VISITS,
    "/code": _VISITS,
    "/waiting": _VISITS,
    "/requests/{id:uuid}": _VISITS,
    "/requests/{id:uuid}/receipt": _VISITS,
    "/record": _RECORD,
    "/record/entries/{id:uuid}": _RECORD,
    "/record/entries/{id:uuid}/pdf": _RIGHTS,
    "/record/entries/{id:uuid}/papers/{place:int}": _RIGHTS,
    "/record/results": _RECORD,
    "/record/results/{id:uuid}": _RECORD,
    "/record/medicines": _RECORD,
    "/record/vaccinations": _RECORD,
    "/record/growth": _RECORD,
    "/looked": _LOG,
    "/looked/{number:int}": _LOG,
    "/looked/{number:int}/unknown": _LOG,
    "/looked/reports": _LOG,
    "/notices": _LOG,
    "/looked/reports/{id:uuid}/contest": _LOG,
    "/consents": _CONSENTS,
    "/erasures": _CONSENTS,
    "/consents/new": _CONSENTS,
    "/consents/new/{id:uuid}": _CONSENTS,
    "/consents/{id:uuid}/sensitive": _CONSENTS,
    "/consents/{id:uuid}/notice": _CONSENTS,
    "/consents/{id:uuid}/withdraw": _CONSENTS | _VISITS,
    "/collection": _RIGHTS,
    "/collection/{scene}": _RIGHTS,
    "/restrictions": _RIGHTS,
    "/restrictions/where": _RIGHTS,
    "/restrictions/new": _RIGHTS,
    "/restrictions/new/{id:uuid}": _RIGHTS,
    "/restrictions/{id:uuid}/lift": _RIGHTS,
    "/rights": _RIGHTS,
    "/rights/copy": _RIGHTS,
    "/rights/correct": _RIGHTS,
    "/rights/correct/{id:uuid}": _RIGHTS,
    "/rights/secondary-use": _RIGHTS,
    "/rights/close": _CLOSING,
    "/emergency": _EMERGENCY,
    "/emergency/summary": _EMERGENCY,
    "/emergency/contacts": _EMERGENCY,
    "/emergency/contacts/{id:uuid}/remove": _EMERGENCY,
    "/live": _ANY,
    "/acting": _ANY,
    "/acting/end": _ANY,
    "/sign-out": _ANY,
}
"""Each page a representative can reach, and the powers of which one is needed."""


@dataclass(frozen=True, slots=True)
class ActingView:
    """For whom somebody acts, as every page says at its head."""

    name: str = field(repr=False)
    kind: RepresentationKind
    powers: frozenset[Power]
    until: date | None
    key: str
    """Goes with a form that must not be sent as somebody else."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A session turned to somebody else: theirs in all but the phone."""

    session: ResidentSession
    acting: ActingFor
    represented: Represented

    def reaches(self, path: str) -> bool:
        """Whether this page is theirs to use."""
        return bool(self.represented.mandate.powers & PAGES.get(path, frozenset()))


async def turned(request: Request, session: ResidentSession) -> Turned | None:
    """To whom this session has turned, if that still holds."""
    named = _named(request)
    if named is None:
        return None
    platform = platform_of(request)
    represented = await access.resume(platform.pool, platform.keys, *named)
    if represented is None:
        return None
    acting = ActingFor(platform.keys, *named, session.resident_id)
    theirs = replace(
        session,
        resident_id=represented.resident_id,
        name=represented.name,
        device_reference=acting.device_reference,
    )
    request.state.acting = view_of(represented)
    return Turned(theirs, acting, represented)


def reaches(request: Request, path: str) -> bool:
    """Whether whoever uses this browser may open a page: the resident every one."""
    acting = getattr(request.state, "acting", None)
    if not isinstance(acting, ActingView):
        return True
    return bool(acting.powers & PAGES.get(path, frozenset()))


def has_turned(request: Request) -> bool:
    """Whether this browser was turned to somebody in this session, if only once."""
    return _named(request) is not None


def view_of(represented: Represented) -> ActingView:
    """As the pages show it."""
    mandate = represented.mandate
    return ActingView(
        represented.name,
        mandate.kind,
        mandate.powers,
        mandate.until,
        str(represented.representation_id),
    )


def whose(request: Request) -> str:
    """As whom a form of this page is sent: the representation, or nothing for oneself."""
    acting = getattr(request.state, "acting", None)
    return acting.key if isinstance(acting, ActingView) else ""


def turn_to(
    response: Response, request: Request, session: ResidentSession, represented: Represented
) -> None:
    """From the next page on, act for somebody."""
    token = session_token(request, Audience.RESIDENT) or ""
    text = f"{represented.resident_id}|{represented.representation_id}"
    sealed = platform_of(request).keys.seal_session(token, text)
    seconds = int((session.expires_at - datetime.now(UTC)).total_seconds())
    remember_session(
        response,
        request,
        Audience.RESIDENT_ACTING,
        urlsafe_b64encode(sealed).decode(),
        lifetime_seconds=max(seconds, 0),
    )


def turn_back(response: Response, request: Request) -> None:
    """From the next page on, be oneself."""
    forget_session(response, request, Audience.RESIDENT_ACTING)


def _named(request: Request) -> tuple[ResidentId, RepresentationId] | None:
    text = session_token(request, Audience.RESIDENT_ACTING)
    token = session_token(request, Audience.RESIDENT)
    if not text or not token:
        return None
    try:
        sealed = urlsafe_b64decode(text.encode("ascii"))
        opened = platform_of(request).keys.open_session(token, sealed)
        resident_id, representation_id = map(UUID, opened.split("|"))
    except (ValueError, UnreadableSeal):  # stale or altered
        return None
    return ResidentId(resident_id), RepresentationId(representation_id)
