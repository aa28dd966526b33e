"""``ValueSet/$expand``: the codes of a value set, page by page, or those whose words begin so.

Source: FHIR R4, ValueSet operation expand; extension valueset-unclosed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.fhir.terminology.asked import Asked, asked_of
from openhealthcode.fhir.terminology.definitions import value_set_asked
from openhealthcode.fhir.terminology.told import (
    Json,
    designations,
    display,
    id_of,
    parameter,
    resource,
)
from openhealthcode.fhir.terminology.told import value_set as told_value_set
from openhealthcode.standards import InvalidInput
from openhealthcode.terminology import Concept, value_sets, words_asked
from openhealthcode.terminology.value_sets import Expansion

MOST_AT_ONCE: Final = 1_000
_UNCLOSED: Final = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed"
_NAMES: Final = {
    "url", "valueSetVersion", "filter", "offset", "count", "includeDesignations", "activeOnly",
    "excludeNested",
}  # fmt: skip


async def expand(request: Request) -> Response:
    """A ValueSet with one page of its codes, in their order, and how many there are in all.

    Raises:
        SystemUnknown: the value set is not known, or a system it draws from is not here.
        TooManyCodes: it is too large to be listed without a filter.
        InvalidInput: a filter without a word, or a page that cannot be.
    """
    asked = await asked_of(request, _NAMES)
    wanted = value_set_asked(request, asked)
    words = words_asked(asked.text("filter"))
    if asked.text("filter") and not words:
        raise InvalidInput("the filter has no word in it")
    offset, count = asked.number("offset", 0), asked.number("count", MOST_AT_ONCE)
    asked.truth("excludeNested")
    expansion = await value_sets.expand(
        asked.pool, wanted, words, only_active=asked.truth("activeOnly")
    )
    page = expansion.concepts[offset : offset + min(count, MOST_AT_ONCE)]
    told = told_value_set(id_of(wanted.about), wanted)
    told["expansion"] = _expansion(asked, expansion, offset, min(count, MOST_AT_ONCE)) | {
        "contains": [_contained(asked, each) for each in page]
    }
    if not page:
        del told["expansion"]["contains"]
    return resource(request, told, asked.language)


def _expansion(asked: Asked, expansion: Expansion, offset: int, count: int) -> Json:
    said = [
        parameter("displayLanguage", "Code", asked.language),
        parameter("count", "Integer", count),
        *(parameter("version", "Uri", f"{url}|{version}") for url, version in expansion.systems),
    ]
    if asked.text("filter"):
        said.append(parameter("filter", "String", asked.text("filter")))
    unclosed = {"extension": [{"url": _UNCLOSED, "valueBoolean": True}]}
    return {
        **({} if expansion.is_closed else unclosed),
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
        "total": len(expansion.concepts),
        "offset": offset,
        "parameter": said,
    }


def _contained(asked: Asked, concept: Concept) -> Json:
    told: Json = {"system": concept.system, "code": concept.code}
    if not concept.is_active:
        told["inactive"] = True
    told |= display(concept, asked.language)
    names = designations(concept) if asked.truth("includeDesignations") else []
    return told | ({"designation": names} if names else {})
