"""The address of a visit: a sealed name for who showed a code and which showing it was.

Whoever copies an address gains nothing: it opens only for the practitioner and the terminal the
code was presented to.
"""

from __future__ import annotations

from starlette.requests import Request

from openhealthcode import access
from openhealthcode.consent import ConsentRequest
from openhealthcode.healthcode import Presentation
from openhealthcode.portal.clinic.session import Desk
from openhealthcode.portal.layout import platform_of
from openhealthcode.standards import HealthCodeError, NotFound
from openhealthcode.standards.ids import EntryId, PresentationId, RequestId, ResidentId

_LONGEST_NUMBER = 12


def visit_reference(
    request: Request, resident_id: ResidentId, presentation_id: PresentationId
) -> str:
    """How a presentation is named in addresses."""
    return platform_of(request).keys.seal_id(resident_id, EntryId(presentation_id))


def request_reference(request: Request, resident_id: ResidentId, request_id: RequestId) -> str:
    """How a request for consent is named in addresses."""
    return platform_of(request).keys.seal_id(resident_id, EntryId(request_id))


async def presentation_of(request: Request, desk: Desk) -> Presentation:
    """The presentation the address names, if it was made to this clinician here.

    Raises:
        NotFound: it was not, or the address is none of ours; which of them is not told.
    """
    resident_id, presentation_id = _opened(request, "visit")
    return await presented(request, desk, resident_id, PresentationId(presentation_id))


async def presented(
    request: Request, desk: Desk, resident_id: ResidentId, presentation_id: PresentationId
) -> Presentation:
    """A presentation by its ids, under the same condition.

    Raises:
        NotFound: made to somebody else, at another terminal, or never.
    """
    return await access.presented_to(
        platform_of(request).pool,
        resident_id,
        presentation_id,
        practitioner_id=desk.practitioner_id,
        terminal_id=desk.terminal_id,
    )


def presentation_behind(asked: ConsentRequest) -> PresentationId:
    """The code or card a request rests on.

    Raises:
        NotFound: a system proposed it; it is nobody's at a desk.
    """
    if asked.presentation_id is None:
        raise NotFound
    return asked.presentation_id


def request_named(request: Request) -> tuple[ResidentId, RequestId]:
    """The resident and the request the address names.

    Raises:
        NotFound: the address is none of ours.
    """
    resident_id, request_id = _opened(request, "request")
    return resident_id, RequestId(request_id)


def look_named(request: Request) -> int | None:
    """The number of the look the address names, or nothing."""
    text = request.query_params.get("look", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_number else None


def _opened(request: Request, parameter: str) -> tuple[ResidentId, EntryId]:
    """What the address names; a resident without keys, never known or destroyed, is nobody."""
    keys = platform_of(request).keys
    try:
        resident_id, entry_id = keys.open_id(request.path_params[parameter])
        keys.of(resident_id)
        return resident_id, entry_id
    except HealthCodeError:
        raise NotFound from None
