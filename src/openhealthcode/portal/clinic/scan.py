"""The scan page: a code by scanner, camera, paste or picture tells who showed it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import anyio
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access.elsewhere import RegionRefused, RegionUnavailable
from openhealthcode.healthcode import (
    EarlyCode,
    ExpiredCode,
    ForeignCode,
    LapsedCode,
    NoCodeInPicture,
    PictureTooLarge,
    RevokedCode,
    SpentCode,
    UnknownDevice,
    UnknownHolder,
    UnreadableCode,
    UnreadablePicture,
    UntrustedCode,
    picture,
    route,
)
from openhealthcode.healthcode.national_card import SplicedCode, UnknownCard
from openhealthcode.portal.clinic.carried import is_summary, show_summary
from openhealthcode.portal.clinic.credential import is_credential, show_credential
from openhealthcode.portal.clinic.elsewhere import scan_elsewhere
from openhealthcode.portal.clinic.presentation import visit_reference
from openhealthcode.portal.clinic.presets import PRESETS, usual_scene
from openhealthcode.portal.clinic.recent import recent_visits
from openhealthcode.portal.clinic.session import Desk, show
from openhealthcode.portal.clinic.shown import identify
from openhealthcode.portal.clinic.views import ProblemView
from openhealthcode.portal.clinic.visits import Visit, remember_visit, resident_view
from openhealthcode.portal.layout import WITH_CAMERA, read_form, read_upload, see_other
from openhealthcode.portal.layout.cookies import remember_preference
from openhealthcode.registry import UnknownRegion
from openhealthcode.standards import (
    HealthCodeError,
    InvalidInput,
    Scene,
    TooLarge,
    TooManyAttempts,
)
from openhealthcode.trust import NoTrustList, StaleTrustList, UntrustedIssuer, UntrustedSignature

_SCENE_COOKIE: Final = "ohc_scene"
_TOLD: Final = (
    UnreadableCode,
    UntrustedCode,
    ExpiredCode,
    SpentCode,
    UnknownDevice,
    EarlyCode,
    LapsedCode,
    RevokedCode,
    UnknownHolder,
    UnknownCard,
    SplicedCode,
    UntrustedIssuer,
    UntrustedSignature,
    NoTrustList,
    StaleTrustList,
    UnknownRegion,
    RegionUnavailable,
    RegionRefused,
    UnreadablePicture,
    PictureTooLarge,
    NoCodeInPicture,
)
_MOST_BYTES: Final = picture.LARGEST_BYTES + 64 * 1024
_ONE_PICTURE_AT_A_TIME: Final = anyio.CapacityLimiter(1)


async def show_scan(request: Request, desk: Desk) -> Response:
    """Where a clinician begins: the field a scanner types into, and whom they saw today."""
    return await _page(request, desk)


async def scan(request: Request, desk: Desk) -> Response:
    """Take a scanned or pasted code."""
    form = await read_form(request)
    scene = _scene(form.text("scene"), request, desk)
    if not form.text("code"):
        return await _page(request, desk, ProblemView(name="empty"), status=422)
    return await _identify(request, desk, form.text("code"), scene)


async def scan_picture(request: Request, desk: Desk) -> Response:
    """Take a photograph of a code; it is read in memory and not kept."""
    try:
        sent, scene_text = await _uploaded(request)
        text = await anyio.to_thread.run_sync(picture.read, sent, limiter=_ONE_PICTURE_AT_A_TIME)
    except HealthCodeError as error:
        return await _page(request, desk, _problem(error), status=422)
    return await _identify(request, desk, text, _scene(scene_text, request, desk))


async def _identify(request: Request, desk: Desk, code: str, scene: Scene) -> Response:
    if is_summary(code):
        return show_summary(request, desk, code)
    if is_credential(code):
        return await show_credential(request, desk, code)
    try:
        away = await scan_elsewhere(request, desk, route(code), scene)
        if away is not None:
            return away
        seen = await identify(request, desk, code, scene)
    except (*_TOLD, ForeignCode, TooManyAttempts) as error:
        return await _page(request, desk, _problem(error), status=422)
    reference = visit_reference(request, seen.resident_id, seen.presentation_id)
    who = seen.demographics
    resident = resident_view(who.name, who.sex, who.birth_date)
    response = see_other(f"/clinic/visits/{reference}{'/record' if seen.is_open else ''}")
    remember_visit(response, request, desk, Visit(reference, resident, scene, datetime.now(UTC)))
    remember_preference(response, request, _SCENE_COOKIE, scene)
    return response


async def _page(
    request: Request, desk: Desk, problem: ProblemView | None = None, *, status: int = 200
) -> Response:
    return show(
        request,
        desk,
        "scan.html",
        status=status,
        policy=WITH_CAMERA,
        scenes=tuple(PRESETS),
        chosen_scene=_scene("", request, desk),
        recent=await recent_visits(request, desk),
        problem=problem,
    )


def _problem(error: HealthCodeError) -> ProblemView:
    if isinstance(error, ForeignCode):
        return ProblemView(name=error.code, kind=error.kind)
    if isinstance(error, TooManyAttempts):
        return ProblemView(name=TooManyAttempts.code)
    return ProblemView(name=error.code if isinstance(error, _TOLD) else "other")


def _scene(chosen: str, request: Request, desk: Desk) -> Scene:
    """The step just chosen, else the last one used in this browser, else what the role does."""
    for name in (chosen, request.cookies.get(_SCENE_COOKIE, "")):
        if name in PRESETS:
            return Scene(name)
    return usual_scene(desk.role)


async def _uploaded(request: Request) -> tuple[bytes, str]:
    """The picture and the scene of the form.

    Raises:
        PictureTooLarge: more than this service reads.
        UnreadablePicture: not a form with one picture.
    """
    try:
        sent, texts = await read_upload(request, "picture", most_bytes=_MOST_BYTES)
    except TooLarge:
        raise PictureTooLarge from None
    except InvalidInput:
        raise UnreadablePicture from None
    return sent, texts.get("scene", "")
