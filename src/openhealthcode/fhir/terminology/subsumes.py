"""``CodeSystem/$subsumes``: whether one code is a kind of another.

Source: FHIR R4, CodeSystem operation subsumes.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import terminology
from openhealthcode.fhir.terminology.asked import asked_of
from openhealthcode.fhir.terminology.definitions import code_system_asked
from openhealthcode.fhir.terminology.told import parameter, parameters
from openhealthcode.standards import InvalidInput


async def subsumes(request: Request) -> Response:
    """One of ``equivalent``, ``subsumes``, ``subsumed-by`` and ``not-subsumed``.

    Raises:
        SystemUnknown: the code system is not here.
        CodeUnknown: it has not both codes.
        InvalidInput: the two are of different systems.
    """
    asked = await asked_of(request, {"system", "codeA", "codeB", "version"}, {"codingA", "codingB"})
    one, other = asked.codings.get("codingA"), asked.codings.get("codingB")
    url, version = await code_system_asked(request, asked, "system")
    if one and other:
        if one[0].system != other[0].system or url not in {"", one[0].system}:
            raise InvalidInput("both codes are of one system")
        url, version = one[0].system, version or one[0].version
        codes = one[0].code, other[0].code
    else:
        codes = asked.needed("codeA"), asked.needed("codeB")
    if not url:
        raise InvalidInput("system is needed")
    outcome = await terminology.subsumes(asked.pool, url, *codes, version)
    return parameters(request, [parameter("outcome", "Code", outcome)], asked.language)
