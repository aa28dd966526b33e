"""What callers hand to operations and histories: names with values, by address or as Parameters.

Source: FHIR R4, 3.2.0.1 (executing an operation), Parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final

from starlette.requests import Request

from openhealthcode.fhir.negotiation import query_of
from openhealthcode.fhir.paging import Parameters
from openhealthcode.fhir.receive import resource_in
from openhealthcode.record import InvalidResource, SearchNotUnderstood, days_of, moments_of

_ID: Final = re.compile(r"(?:\S*/)?Patient/([A-Za-z0-9\-.]{1,64})|([A-Za-z0-9\-.]{1,64})", re.ASCII)
_COUNT: Final = re.compile(r"0*[1-9]\d{0,8}", re.ASCII)
_BARE: Final = re.compile(r"\d")
_MOST: Final = 64


async def asked_of(request: Request) -> Parameters:
    """The parameters of an operation, from its address or from a posted resource.

    Raises:
        InvalidResource: what was posted is no Parameters with simple values.
    """
    asked = query_of(request.scope["query_string"])
    if request.method != "POST":
        return asked
    posted = await resource_in(request)
    if posted.get("resourceType") != "Parameters":
        raise InvalidResource("resourceType", "expected Parameters")
    given = posted.get("parameter", [])
    if not isinstance(given, list) or len(given) > _MOST:
        raise InvalidResource("Parameters.parameter", "expected a list of a few parameters")
    return asked + [_pair(one, place) for place, one in enumerate(given)]


def _pair(given: Any, place: int) -> tuple[str, str]:  # noqa: ANN401 - JSON of strangers
    values = (
        [value for name, value in given.items() if name.startswith("value")]
        if isinstance(given, dict)
        else []
    )
    if len(values) != 1 or not isinstance(given.get("name"), str):
        raise InvalidResource(f"Parameters.parameter[{place}]", "expected a name and one value")
    (value,) = values
    if isinstance(value, dict) and isinstance(value.get("reference"), str):
        value = value["reference"]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidResource(f"Parameters.parameter[{place}]", "expected a simple value")
    return given["name"], str(value)


def only(asked: Parameters, known: Iterable[str]) -> None:
    """Go on if nothing else is asked: what is not understood is not ignored.

    Raises:
        SearchNotUnderstood: something else is.
    """
    names = sorted(known)
    if {name for name, _ in asked}.difference(names):
        raise SearchNotUnderstood(f"supported parameters are {', '.join(names)}")


def single(asked: Parameters, name: str) -> str | None:
    """The value of a parameter that may occur once.

    Raises:
        SearchNotUnderstood: it occurs more often, or is empty.
    """
    values = [value for each, value in asked if each == name]
    if len(values) > 1 or "" in values:
        raise SearchNotUnderstood(f"{name} occurs once, with a value")
    return values[0] if values else None


def id_of(reference: str) -> str:
    """The id in a reference to a resident, or the id itself.

    Raises:
        SearchNotUnderstood: it is neither.
    """
    found = _ID.fullmatch(reference)
    if found is None:
        raise SearchNotUnderstood("a resident is named by id or by a reference to Patient")
    return found[1] or found[2]


def count_of(text: str) -> int:
    """How many are wanted on a page.

    Raises:
        SearchNotUnderstood: not a number, or none at all.
    """
    if not _COUNT.fullmatch(text):
        raise SearchNotUnderstood("_count is a whole number, at least 1")
    return int(text)


def moment_of(text: str) -> datetime | None:
    """The moment from which something is meant.

    Raises:
        SearchNotUnderstood: it is not written as FHIR writes moments.
    """
    return period_of(text)[0]


def period_of(text: str) -> tuple[datetime | None, datetime | None]:
    """All the time that a moment as written covers, half-open.

    Raises:
        SearchNotUnderstood: it is not written as FHIR writes moments.
    """
    try:
        if not _BARE.match(text):
            raise ValueError
        ((start, stop),) = moments_of(text.replace(" ", "+"))
    except (ValueError, OverflowError):
        raise SearchNotUnderstood("a moment is not written as FHIR writes them") from None
    return start, stop


def days_between(start: str | None, end: str | None) -> tuple[date | None, date | None]:
    """The days from the first of ``start`` to the last of ``end``, half-open.

    Raises:
        SearchNotUnderstood: they are not written as FHIR writes dates.
    """
    try:
        if not all(_BARE.match(text) for text in (start, end) if text is not None):
            raise ValueError
        first = days_of(start)[0][0] if start is not None else None
        after = days_of(end)[0][1] if end is not None else None
    except (ValueError, OverflowError):
        raise SearchNotUnderstood("a date is not written as FHIR writes dates") from None
    return first, after
