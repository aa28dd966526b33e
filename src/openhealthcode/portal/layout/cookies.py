"""The cookies pages keep: one session per audience, and two preferences.

A session cookie is host-only, ``HttpOnly`` and ``SameSite=Strict``: no other
site can make a browser act with it. Each audience has its own name, so that a
resident, a clinician and a clerk can be signed in side by side in one browser.
"""

from __future__ import annotations

from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

LANGUAGE = "ohc_language"
TEXT_SIZE = "ohc_text"

_YEAR_SECONDS = 365 * 24 * 3600


class Audience(StrEnum):
    """Whose pages a session opens; the value is the cookie's name."""

    RESIDENT = "ohc_resident"
    RESIDENT_ARRIVING = "ohc_resident_arriving"
    """A resident whose code is on its way or whose card is still to be seen."""
    RESIDENT_ACTING = "ohc_resident_acting"
    """For whom a resident acts, sealed for this session's browser alone."""
    CLINIC = "ohc_clinic"
    CLINIC_VISITS = "ohc_clinic_visits"
    """Who showed this clinician a code today, sealed for this session's browser alone."""
    CLINIC_COUNTER = "ohc_clinic_counter"
    """What this clinician's counter asked phones of late, sealed for this session's browser alone."""
    REGISTRAR = "ohc_registrar"
    REVIEW = "ohc_review"
    """An institution's privacy officer."""
    SUPERVISION = "ohc_supervision"
    AUDIT = "ohc_audit"
    TERMINAL = "ohc_terminal"
    """The browser itself, wherever staff sign in at it; sessions are bound to it."""


def session_token(request: Request, audience: Audience) -> str | None:
    """The session token the browser presents for this audience, unverified."""
    return request.cookies.get(audience) or None


def remember_session(
    response: Response, request: Request, audience: Audience, token: str, *, lifetime_seconds: int
) -> None:
    """Hand the browser a session token; it ends on the browser's side when it ends on ours."""
    _set(response, request, audience, token, lifetime_seconds)


def forget_session(response: Response, request: Request, audience: Audience) -> None:
    """Take the session token back from the browser."""
    _set(response, request, audience, "", 0)


def remember_preference(response: Response, request: Request, name: str, value: str) -> None:
    """Keep a choice about how pages look; it says nothing about the person."""
    _set(response, request, name, value, _YEAR_SECONDS)


def _set(response: Response, request: Request, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
