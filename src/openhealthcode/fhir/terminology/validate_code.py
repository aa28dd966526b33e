"""``$validate-code`` of CodeSystem and ValueSet: whether a code may stand there, and is named rightly.

Source: FHIR R4, CodeSystem operation validate-code; ValueSet operation validate-code.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import terminology
from openhealthcode.fhir.terminology.asked import Asked, Coding, asked_of
from openhealthcode.fhir.terminology.definitions import code_system_asked, value_set_asked
from openhealthcode.fhir.terminology.told import parameter, parameters
from openhealthcode.terminology import Verdict

_CODINGS = frozenset({"coding", "codeableConcept"})
_NO_CODE = {"zh-CN": "没有这个代码", "en": "There is no such code."}
_MISNAMED = {"zh-CN": "代码有效，但名称与代码不符", "en": "The code is valid, its display is not."}


async def in_code_system(request: Request) -> Response:
    """Whether a code system has a code; one of several is enough.

    Raises:
        SystemUnknown: the code system is not here, or the part of it that would tell.
    """
    asked = await asked_of(request, {"url", "code", "version", "display"}, _CODINGS)
    url, version = await code_system_asked(request, asked)
    codings = asked.codings.get("coding") or asked.codings.get("codeableConcept")
    if not codings:
        codings = [Coding(url, asked.needed("code"), version, asked.text("display"))]
    verdicts = [
        await terminology.validate(
            asked.pool,
            url or each.system,
            each.code,
            display=each.display,
            version=version or each.version,
        )
        for each in codings
        if not url or each.system in {"", url}
    ]
    return _told(request, asked, verdicts)


async def in_value_set(request: Request) -> Response:
    """Whether a value set holds a code; one of several is enough.

    Raises:
        SystemUnknown: the value set is not known, or a system it draws from is not here.
    """
    names = {"url", "valueSetVersion", "code", "system", "systemVersion", "display"}
    asked = await asked_of(request, names, _CODINGS)
    wanted = value_set_asked(request, asked)
    verdicts = [
        await terminology.validate_in(
            asked.pool, wanted, each.system, each.code, display=each.display
        )
        for each in asked.coding()
    ]
    return _told(request, asked, verdicts)


def _told(request: Request, asked: Asked, verdicts: list[Verdict]) -> Response:
    best = max(
        verdicts, key=lambda each: (each.is_valid, each.concept is not None), default=Verdict(None)
    )
    told = [parameter("result", "Boolean", best.is_valid)]
    if not best.is_valid:
        message = _NO_CODE if best.concept is None else _MISNAMED
        told.append(parameter("message", "String", message[asked.language]))
    if best.concept and best.concept.name_in(asked.language):
        told.append(parameter("display", "String", best.concept.name_in(asked.language)))
    return parameters(request, told, asked.language)
