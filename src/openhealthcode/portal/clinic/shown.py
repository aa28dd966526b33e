"""Whose a scanned code is: whatever kind of code it was, told by the one who may tell it."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request

from openhealthcode import access, healthcode
from openhealthcode.access import Visit
from openhealthcode.healthcode import Scan
from openhealthcode.portal.clinic.counter import challenges_of
from openhealthcode.portal.clinic.session import Desk
from openhealthcode.portal.layout import platform_of
from openhealthcode.standards import Scene


async def identify(request: Request, desk: Desk, code: str, scene: Scene) -> Visit:
    """Redeem what was scanned and say who showed it.

    Raises:
        as ``access.identify_scanned`` says.
    """
    platform = platform_of(request)
    return await access.identify_scanned(
        platform.pool,
        platform.keys,
        healthcode.route(code),
        scan_of(desk, scene),
        challenges=challenges_of(request, desk, datetime.now(UTC)),
    )


def scan_of(desk: Desk, scene: Scene) -> Scan:
    """Who scans, where and what for."""
    return Scan(desk.practitioner_id, desk.institution_id, desk.terminal_id, scene)
