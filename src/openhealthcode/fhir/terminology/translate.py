"""``ConceptMap/$translate``: what a code of one system is called in another.

Source: FHIR R4, ConceptMap operation translate; value set concept-map-equivalence.
"""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import terminology
from openhealthcode.fhir.terminology.asked import Asked, Coding, asked_of
from openhealthcode.fhir.terminology.definitions import concept_map_asked
from openhealthcode.fhir.terminology.told import Json, parameter, parameters
from openhealthcode.terminology.concept_maps import ConceptMap, Mapped, maps_between
from openhealthcode.terminology.concepts import canonical

_NAMES = frozenset({"url", "conceptMapVersion", "code", "system", "targetsystem", "reverse"})
_NOTHING = {"zh-CN": "没有对应的代码", "en": "Nothing corresponds to this code."}


async def translate(request: Request) -> Response:
    """Every code that a map says corresponds, and how near it comes.

    Raises:
        SystemUnknown: the map that is named is not known.
    """
    asked = await asked_of(request, _NAMES, {"coding", "codeableConcept"})
    named = concept_map_asked(request, asked)
    found = [
        (one, row)
        for coding in asked.coding()
        for one in _maps(asked, named, coding)
        for row in one.of(coding.code)
    ]
    has_any = any(row.target for _, row in found)
    told = [parameter("result", "Boolean", has_any)]
    if not has_any:
        told.append(parameter("message", "String", _NOTHING[asked.language]))
    told += [{"name": "match", "part": _match(asked, *each)} for each in found]
    return parameters(request, told, asked.language)


def _maps(asked: Asked, named: ConceptMap | None, coding: Coding) -> Iterator[ConceptMap]:
    """The maps that start from the code's system; with ``reverse`` every map is there both ways."""
    target = asked.text("targetsystem")
    asked.truth("reverse")
    for one in maps_between(coding.system, canonical(target) if target else ""):
        if (
            named is None
            or named.about.url in {one.about.url, f"{one.about.url}-reversed"}
            or (one.about.url == f"{named.about.url}-reversed" and asked.truth("reverse"))
        ):
            yield one


def _match(asked: Asked, one: ConceptMap, row: Mapped) -> list[Json]:
    told = [parameter("equivalence", "Code", row.equivalence)]
    if row.target:
        name = terminology.display_of(one.target, row.target, asked.language)
        concept = {"system": one.target, "code": row.target}
        told.append(parameter("concept", "Coding", concept | ({"display": name} if name else {})))
    return [*told, parameter("source", "Uri", one.about.url)]
