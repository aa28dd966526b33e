"""Who showed this clinician a code today: kept sealed in the browser, and nowhere else.

The server stores no such list. The cookie is encrypted under the session's own token, so it is
worth nothing without the session and ends with it. A name in it is what the scan told; it opens
nothing: every page asks ``access`` anew.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.clinic.session import Desk
from openhealthcode.portal.clinic.views import ResidentView
from openhealthcode.portal.layout import (
    Audience,
    dates,
    platform_of,
    remember_session,
    session_token,
)
from openhealthcode.standards import Scene, Sex, day_of

_LONGEST_COOKIE: Final = 3_800
"""Browsers keep 4,096 bytes of a cookie, its name and attributes included."""
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Visit:
    """One presented code, as the scan told it."""

    reference: str
    resident: ResidentView
    scene: Scene
    presented_at: datetime


def visits_of(request: Request, desk: Desk) -> tuple[Visit, ...]:
    """Today's visits of this session, newest first; nothing when the cookie is not ours."""
    text = session_token(request, Audience.CLINIC_VISITS)
    if not text:
        return ()
    try:
        sealed = urlsafe_b64decode(text.encode("ascii"))
        opened = platform_of(request).keys.open_session(desk.token, sealed)
        found = [_visit(item) for item in orjson.loads(opened)]
    except Exception:  # noqa: BLE001 - whatever a stale or altered cookie makes it raise
        return ()
    today = _day(datetime.now(UTC))
    return tuple(visit for visit in found if _day(visit.presented_at) == today)


def visit_named(request: Request, desk: Desk, reference: str) -> Visit | None:
    """The visit of this reference, if this session knows it."""
    return next((v for v in visits_of(request, desk) if v.reference == reference), None)


def remember_visit(response: Response, request: Request, desk: Desk, *visits: Visit) -> None:
    """Put visits first on the list; the oldest fall off the end."""
    references = {visit.reference for visit in visits}
    others = (v for v in visits_of(request, desk) if v.reference not in references)
    kept = [*visits, *others]
    seconds = int((desk.session.expires_at - datetime.now(UTC)).total_seconds())
    while (text := _sealed(request, desk, kept)) and len(text) > _LONGEST_COOKIE:
        kept.pop()
    remember_session(
        response, request, Audience.CLINIC_VISITS, text, lifetime_seconds=max(seconds, 0)
    )


def _sealed(request: Request, desk: Desk, visits: Iterable[Visit]) -> str:
    written = orjson.dumps([_item(visit) for visit in visits]).decode()
    return urlsafe_b64encode(platform_of(request).keys.seal_session(desk.token, written)).decode()


def _item(visit: Visit) -> list[Any]:
    who = visit.resident
    born = who.birth_date.toordinal() if who.birth_date else 0
    at = int(visit.presented_at.timestamp())
    return [visit.reference, who.name[:_LONGEST_NAME], who.sex.value, born, visit.scene.value, at]


def _visit(item: list[Any]) -> Visit:
    reference, name, sex, born, scene, at = item
    birth_date = date.fromordinal(born) if born else None
    return Visit(
        reference,
        resident_view(name, Sex(sex), birth_date),
        Scene(scene),
        datetime.fromtimestamp(at, UTC),
    )


def resident_view(name: str, sex: Sex, birth_date: date | None) -> ResidentView:
    """A resident with the age of today, in months below two years."""
    if birth_date is None:
        return ResidentView(name=name, sex=sex, birth_date=None, age=None)
    today = _day(datetime.now(UTC))
    age = dates.age(birth_date, today=today)
    months = (today.year - birth_date.year) * 12 + today.month - birth_date.month
    months -= today.day < birth_date.day
    return ResidentView(
        name=name,
        sex=sex,
        birth_date=birth_date,
        age=age,
        months=max(months, 0) if age < 2 else None,
    )


def _day(moment: datetime) -> date:
    return day_of(moment)
