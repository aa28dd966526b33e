"""What an operation on codes is asked: names in the address, or Parameters in the body.

Source: FHIR R4, Parameters; 3.2.0.2 (executing an operation: GET with simple parameters, POST).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from starlette.requests import Request

from openhealthcode.database import Pool
from openhealthcode.fhir import bearer
from openhealthcode.fhir.negotiation import ParameterNotSupported, check_accept, query_of
from openhealthcode.fhir.outcome import prefers_chinese
from openhealthcode.fhir.platform import platform_of
from openhealthcode.fhir.receive import resource_in
from openhealthcode.standards import InvalidInput
from openhealthcode.terminology.concepts import Language

_SIMPLE: Final = (
    "valueUri",
    "valueCanonical",
    "valueUrl",
    "valueCode",
    "valueString",
    "valueDateTime",
)
_LONGEST: Final = 1_000
_MOST_PARAMETERS: Final = 64


class Coding(NamedTuple):
    """A code of a system, as a caller names it."""

    system: str
    code: str
    version: str = ""
    display: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of one call."""

    pool: Pool
    language: Language
    texts: dict[str, str]
    codings: dict[str, list[Coding]]

    def text(self, name: str) -> str:
        """A parameter, or nothing."""
        return self.texts.get(name, "")

    def needed(self, name: str) -> str:
        """A parameter that has to be there.

        Raises:
            InvalidInput: it is not.
        """
        if not self.texts.get(name):
            raise InvalidInput(f"{name} is needed")
        return self.texts[name]

    def number(self, name: str, usual: int) -> int:
        """A number from nought up.

        Raises:
            InvalidInput: it is none.
        """
        text = self.texts.get(name, "")
        if not text:
            return usual
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise InvalidInput(f"{name} is a number")
        return int(text)

    def truth(self, name: str) -> bool:
        """Whether a parameter says true.

        Raises:
            InvalidInput: it says neither true nor false.
        """
        text = self.texts.get(name, "false")
        if text not in {"true", "false"}:
            raise InvalidInput(f"{name} is true or false")
        return text == "true"

    def coding(self, name: str = "coding", system: str = "system") -> list[Coding]:
        """The codes the call is about: a Coding, those of a CodeableConcept, or system and code.

        Raises:
            InvalidInput: there is none.
        """
        codings = self.codings.get(name) or self.codings.get("codeableConcept")
        if codings:
            return codings
        version = self.text("systemVersion" if system == "system" else "version")
        return [Coding(self.needed(system), self.needed("code"), version, self.text("display"))]


async def asked_of(
    request: Request, allowed: Collection[str], codings: Collection[str] = ()
) -> Asked:
    """The parameters of a call by a system with a token.

    Args:
        allowed: what the operation understands, of simple types.
        codings: the same of types Coding and CodeableConcept.

    Raises:
        TokenNeeded: there is no valid token.
        ParameterNotSupported: a parameter it does not understand.
        InvalidInput: a parameter twice, or of another type.
    """
    headers = dict(request.scope["headers"])
    check_accept(headers)
    platform = platform_of(request.scope)
    await bearer.system_of(platform, headers)
    texts: dict[str, str] = {}
    found: dict[str, list[Coding]] = {}
    given: list[tuple[str, Any]] = list(query_of(request.scope["query_string"]))
    if request.method == "POST":
        given += _parameters(await resource_in(request))
    for name, value in given:
        if name in texts or name in found:
            raise InvalidInput("each parameter once")
        if isinstance(value, str) and name in {*allowed, "displayLanguage"}:
            texts[name] = value[:_LONGEST]
        elif isinstance(value, list) and name in codings:
            found[name] = value
        else:
            raise ParameterNotSupported
    return Asked(platform.pool, _language(request, texts), texts, found)


def _language(request: Request, texts: dict[str, str]) -> Language:
    accepted = texts.get("displayLanguage") or request.headers.get("accept-language", "")
    return "zh-CN" if prefers_chinese(accepted) else "en"


def _parameters(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    listed = body.get("parameter")
    if body.get("resourceType") != "Parameters" or not isinstance(listed, list):
        raise InvalidInput("the body is a Parameters resource")
    for one in listed[:_MOST_PARAMETERS]:
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise InvalidInput("a parameter without a name")
        yield one["name"], _value(one)


def _value(parameter: dict[str, Any]) -> str | list[Coding]:
    for name in _SIMPLE:
        if isinstance(parameter.get(name), str):
            return str(parameter[name])
    if isinstance(parameter.get("valueBoolean"), bool):
        return "true" if parameter["valueBoolean"] else "false"
    if type(parameter.get("valueInteger")) is int:
        return str(parameter["valueInteger"])
    if "valueCoding" in parameter:
        return [_coding(parameter["valueCoding"])]
    concept = parameter.get("valueCodeableConcept")
    listed = concept.get("coding") if isinstance(concept, dict) else None
    if isinstance(listed, list) and listed:
        return [_coding(each) for each in listed[:_MOST_PARAMETERS]]
    raise InvalidInput("a parameter of a type that is not taken here")


def _coding(value: object) -> Coding:
    if not isinstance(value, dict):
        raise InvalidInput("a Coding is an object")
    said = {name: value.get(name, "") for name in ("system", "code", "version", "display")}
    if not all(isinstance(each, str) for each in said.values()) or not said["code"]:
        raise InvalidInput("a Coding has a system and a code")
    return Coding(**said)
