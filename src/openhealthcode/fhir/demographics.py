"""``GET /fhir/Patient?family=…&birthdate=…`` and by ``POST …/_search``: PDQm's query.

Finds whom the question names and whatever it says fits to the letter; repeats what was asked.

Source: IHE PDQm 3.2, 2:3.78 (ITI-78); FHIR R4, 3.1.1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.access import lookups
from openhealthcode.fhir.match import answer
from openhealthcode.fhir.person import asked_in, identifier_of, readings_of
from openhealthcode.fhir.platform import platform_of, public_url
from openhealthcode.record import SearchNotUnderstood
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound

TYPE: Final = "Patient"
PARAMETERS: Final = {
    "identifier": "token",
    "name": "string",
    "family": "string",
    "given": "string",
    "birthdate": "date",
    "gender": "token",
    "telecom": "token",
    "phone": "token",
    "active": "token",
}
"""What people are found by: parameter → FHIR search type."""
_ONCE: Final = frozenset({"family", "given", "name", "birthdate", "gender", "active"})
_COUNT: Final = "_count"
_PHONES: Final = frozenset({"telecom", "phone"})
_DAY: Final = re.compile(r"(eq)?(\d{4}-\d{2}-\d{2})", re.ASCII)

_Parameters = list[tuple[str, str]]


def is_asked(parameters: Iterable[tuple[str, str]]) -> bool:
    """Whether a search of Patient asks who somebody is, rather than for one resident's entry."""
    names = {name.partition(":")[0] for name, _ in parameters}
    return "_id" not in names and not names.isdisjoint(PARAMETERS)


async def query(request: Request, system: SystemAccess, parameters: _Parameters) -> Response:
    """Whoever fits, as a searchset Bundle; nobody is an empty one.

    Raises:
        SearchNotUnderstood: a parameter that is not understood, or twice.
        TooLittleToMatch: neither a certificate alone nor a name with one thing more.
    """
    url = f"{public_url(request.scope)}/fhir"
    platform = platform_of(request.scope)
    said, count = _without_count(
        [(name.removesuffix(":exact"), value) for name, value in parameters]
    )
    if [name for name, _ in said] == ["identifier"]:
        return answer(await _by_number(request, url, system, said[0][1]))
    asked = asked_in(_patient(said), "search")
    found = await lookups.query(
        platform.pool, platform.keys, system=system, probe=asked.registration, count=count
    )
    return answer(
        [
            {
                "fullUrl": f"{url}/Patient/{one.public_id}",
                "resource": asked.as_far_as_true(one),
                "search": {"mode": "match"},
            }
            for one in found
        ]
    )


async def _by_number(
    request: Request, url: str, system: SystemAccess, token: str
) -> list[dict[str, Any]]:
    """Whose number this is, if the caller's own institution delivered it: with those it delivered."""
    platform = platform_of(request.scope)
    named = readings_of(*split(token))
    try:
        found = await lookups.cross_reference(
            platform.pool, platform.keys, system=system, named=named
        )
    except NotFound:
        return []
    identifiers = [identifier_of(one) for one in (*found.named, *found.certificates)]
    patient = {"resourceType": "Patient", "id": found.public_id, "identifier": identifiers}
    return [
        {
            "fullUrl": f"{url}/Patient/{found.public_id}",
            "resource": patient,
            "search": {"mode": "match"},
        }
    ]


def _without_count(said: _Parameters) -> tuple[_Parameters, int]:
    """What is asked, and how many answers are wanted at the most."""
    wanted = [value for name, value in said if name == _COUNT]
    rest = [(name, value) for name, value in said if name != _COUNT]
    if not wanted:
        return rest, lookups.MOST_MATCHES
    text = wanted[0]
    if len(wanted) > 1 or not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise SearchNotUnderstood("_count is a whole number, at least 1")
    return rest, min(int(text), lookups.MOST_MATCHES)


def split(token: str) -> tuple[str, str]:
    """The assigning authority and the number of a token.

    Raises:
        SearchNotUnderstood: one of them is missing; a number alone is anybody's.
    """
    system, bar, value = token.partition("|")
    if not (bar and system.strip() and value.strip()):
        raise SearchNotUnderstood("an identifier is its system and its value: system|value")
    return system.strip(), value.strip()


def _patient(said: _Parameters) -> dict[str, Any]:
    """The Patient that these parameters describe."""
    names = [name for name, _ in said]
    if set(names) - PARAMETERS.keys() or any(names.count(name) > 1 for name in _ONCE):
        raise SearchNotUnderstood("a parameter that is not understood here, or twice")
    one = dict(said)
    phones = [value for name, value in said if name in _PHONES]
    patient = {
        "resourceType": "Patient",
        "identifier": [
            {"system": system, "value": value}
            for name, token in said
            if name == "identifier"
            for system, value in [split(token)]
        ],
        "name": _name(one),
        "telecom": [{"system": "phone", "value": phone.rpartition("|")[2]} for phone in phones],
        "gender": one.get("gender"),
        "birthDate": _day(one["birthdate"]) if "birthdate" in one else None,
    }
    if one.get("active", "true") != "true":
        raise SearchNotUnderstood("only active residents are found")
    return {name: value for name, value in patient.items() if value}


def _name(one: dict[str, str]) -> list[dict[str, Any]]:
    """Family and given name as one text in the Chinese order, unless the name is given as a whole."""
    text = one.get("name") or one.get("family", "") + one.get("given", "")
    if any(part.isascii() for part in (one.get("family", ""), one.get("given", "")) if part):
        text = f"{one.get('given', '')} {one.get('family', '')}"
    return [{"text": text.strip()}] if text.strip() else []


def _day(text: str) -> str:
    found = _DAY.fullmatch(text)
    if found is None:
        raise SearchNotUnderstood("a birth date is a whole day, without a prefix but eq")
    return found[2]
