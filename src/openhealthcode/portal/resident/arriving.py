"""What the browser keeps while somebody signs in: its half of the code, and the masked phone.

The phone is only ever shown back to whoever typed it; nothing is decided by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import Audience, forget_session, remember_session, session_token
from openhealthcode.sign_in import Attempt
from openhealthcode.standards import Phone

_SECONDS = 20 * 60
"""Longer than a code and a counter's number live together."""
_BETWEEN = "~"


@dataclass(frozen=True, slots=True)
class Arriving:
    """A sign-in, or a fresh verification, on its way."""

    token: str = field(repr=False)
    masked_phone: str = field(repr=False)


def arriving(request: Request) -> Arriving | None:
    """What this browser has on its way, if anything."""
    kept = session_token(request, Audience.RESIDENT_ARRIVING)
    if kept is None:
        return None
    token, _, masked_phone = kept.partition(_BETWEEN)
    return Arriving(token, masked_phone[:24])


def remember_attempt(response: Response, request: Request, attempt: Attempt, phone: Phone) -> None:
    """Keep the browser's half of a code that was just sent."""
    kept = f"{attempt.token}{_BETWEEN}{phone.masked}"
    remember_session(response, request, Audience.RESIDENT_ARRIVING, kept, lifetime_seconds=_SECONDS)


def forget_attempt(response: Response, request: Request) -> None:
    """Take it back once it has led somewhere."""
    forget_session(response, request, Audience.RESIDENT_ARRIVING)
