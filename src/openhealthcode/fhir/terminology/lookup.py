"""``CodeSystem/$lookup``: what a code means, in Chinese and English.

Source: FHIR R4, CodeSystem operation lookup.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import terminology
from openhealthcode.fhir.negotiation import ParameterNotSupported
from openhealthcode.fhir.terminology.asked import Asked, asked_of
from openhealthcode.fhir.terminology.told import Json, designations, parameter, parameters
from openhealthcode.standards import InvalidInput
from openhealthcode.standards.division import former_names, name_on
from openhealthcode.terminology import CodeUnknown, Concept
from openhealthcode.terminology.systems import DIVISIONS

DESIGNATION_USE: Final = "urn:openhealthcode:designation-use"
"""The code system of what a name is: ``former`` ones are no longer borne."""


async def lookup(request: Request) -> Response:
    """The concept's names, what it is a kind of, and whether it is still to be used.

    With ``date`` a division is told under the name it bore then; of no other system is known what it
    said before.

    Raises:
        SystemUnknown: the code system is not here.
        CodeUnknown: it has no such code.
        ParameterNotSupported: a date, of a system without a past.
    """
    asked = await asked_of(request, {"system", "code", "version", "date"}, {"coding"})
    coding = asked.coding()[0]
    version = coding.version or asked.text("version")
    system = await terminology.known(asked.pool, coding.system, version)
    concept = await terminology.concept_in(system, coding.code)
    if concept is None:
        raise CodeUnknown
    told = [
        parameter("name", "String", system.about.title_in(asked.language)),
        parameter("version", "String", system.about.version),
        parameter("display", "String", _display(concept, asked)),
        *({"name": "designation", "part": part} for part in _names(concept)),
        *({"name": "property", "part": part} for part in _properties(concept)),
    ]
    return parameters(request, told, asked.language)


def _display(concept: Concept, asked: Asked) -> str:
    """The name of today, or that of the day asked for."""
    then = ""
    if date := asked.text("date"):
        if concept.system != DIVISIONS:
            raise ParameterNotSupported
        then = name_on(concept.code, _day(date))
    return then or concept.name_in(asked.language) or concept.code


def _day(text: str) -> date:
    """The first day a FHIR date or time is of."""
    try:
        return date.fromisoformat((text[:10] + "-01-01")[:10])
    except ValueError:
        raise InvalidInput("date is a date") from None


def _names(concept: Concept) -> Iterator[list[Json]]:
    for name in designations(concept):
        yield [
            parameter("language", "Code", name["language"]),
            parameter("value", "String", name["value"]),
        ]
    if concept.system == DIVISIONS:
        for former, _ in former_names(concept.code):
            use = {"system": DESIGNATION_USE, "code": "former"}
            yield [
                parameter("language", "Code", "zh-CN"),
                {"name": "use", "valueCoding": use},
                parameter("value", "String", former),
            ]


def _properties(concept: Concept) -> Iterator[list[Json]]:
    for parent in concept.parents:
        yield [parameter("code", "Code", "parent"), parameter("value", "Code", parent)]
    yield [
        parameter("code", "Code", "inactive"),
        parameter("value", "Boolean", not concept.is_active),
    ]
