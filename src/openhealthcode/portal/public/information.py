"""What everybody may know beforehand: who may look without asking, what counters do, what is not held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.portal.layout import render


@dataclass(frozen=True, slots=True)
class Access:
    """An access that needs no consent, by the key of its sentences.

    Args:
        is_verified: its law was read in a source.
        is_built: the platform knows this access; else the law does, and here it cannot happen.
    """

    key: str
    is_verified: bool
    is_built: bool


WITHOUT_CONSENT: Final = (
    Access("emergency", is_verified=True, is_built=True),
    Access("own-files", is_verified=False, is_built=True),
    Access("guardians", is_verified=True, is_built=True),
    Access("relatives", is_verified=True, is_built=True),
    Access("reports", is_verified=False, is_built=False),
    Access("court", is_verified=False, is_built=False),
)
LIMITS: Final = (
    "operator", "log", "relay", "hidden", "backups", "copies", "in-clear", "no-occasion", "aloud",
)  # fmt: skip
SERVICES: Final = ("card", "phone", "pin", "helper", "correction", "letters")


async def show_without_consent(request: Request) -> Response:
    """Every access that needs no consent, with its law."""
    return render(request, "public/without_consent.html", accesses=WITHOUT_CONSENT)


async def show_limits(request: Request) -> Response:
    """What does not hold: what an operator holding the keys could do, and how it would show."""
    return render(request, "public/limits.html", limits=LIMITS)


async def show_counters(request: Request) -> Response:
    """What somebody without a phone gets done at any counter."""
    return render(request, "public/counters.html", services=SERVICES)
