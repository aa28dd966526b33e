"""Which form an answer takes and a request may have: JSON, in the words FHIR knows for it.

Source: FHIR R4, 3.1.0.1.11 (content types), 3.1.0.1.10 (_format); RFC 9110, 12.5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from openhealthcode.standards import HealthCodeError, InvalidInput

FHIR_JSON: Final = "application/fhir+json"
_JSON: Final = frozenset({b"application/fhir+json", b"application/json", b"text/json"})
_ANY: Final = frozenset({b"", b"*/*", b"application/*", b"application/fhir+json"})
_FORMATS: Final = frozenset({"json", "application/json", "application/fhir+json", "text/json"})
_MOST_PARAMETERS: Final = 64
_LONGEST_QUERY: Final = 16_384


class NotAcceptable(HealthCodeError):
    """Only JSON is spoken here: application/fhir+json."""

    code = "format-not-supported"


class WrongContentType(HealthCodeError):
    """A body has to be sent as application/fhir+json in UTF-8."""

    code = "content-type-not-supported"


class ParameterNotSupported(HealthCodeError):
    """A parameter or header of the request is not supported, and is not ignored either."""

    code = "parameter-not-supported"


def check_accept(headers: Mapping[bytes, bytes]) -> None:
    """Go on if the caller takes JSON of R4.

    Raises:
        NotAcceptable: it asks for something else.
    """
    accepted = headers.get(b"accept", b"")
    if accepted in _ANY or any(map(_is_json, accepted.split(b",")[:_MOST_PARAMETERS])):
        return
    raise NotAcceptable


def check_content_type(headers: Mapping[bytes, bytes]) -> None:
    """Go on if the body is said to be JSON.

    Raises:
        WrongContentType: it is not, or not in UTF-8.
    """
    kind, _, parameters = headers.get(b"content-type", b"").partition(b";")
    charset = parameters.lower().replace(b" ", b"").replace(b'"', b"").partition(b"charset=")[2]
    if kind.strip().lower() not in _JSON or charset.partition(b";")[0] not in {b"", b"utf-8"}:
        raise WrongContentType


def query_of(query: bytes) -> list[tuple[str, str]]:
    """The parameters of a query string but those about the form of the answer.

    Raises:
        NotAcceptable: ``_format`` asks for something other than JSON.
        InvalidInput: too many parameters, or not UTF-8.
    """
    if not query:
        return []
    if len(query) > _LONGEST_QUERY:
        raise InvalidInput("the query is too long")
    return without_format(read_form(query))


def read_form(text: bytes) -> list[tuple[str, str]]:
    """Names and values as browsers write them.

    Raises:
        InvalidInput: too many parameters, or not UTF-8.
    """
    try:
        return parse_qsl(
            text.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise InvalidInput("the parameters cannot be read, or are too many") from None


def without_format(parameters: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parameters that remain once the form of the answer is settled.

    Raises:
        NotAcceptable: ``_format`` asks for something other than JSON.
    """
    remaining = []
    for name, value in parameters:
        if name == "_format":
            if value.replace(" ", "+").partition(";")[0].lower() not in _FORMATS:
                raise NotAcceptable
        elif name != "_pretty":
            remaining.append((name, value))
    return remaining


def _is_json(accepted: bytes) -> bool:
    kind, *parameters = (part.strip().lower() for part in accepted.split(b";"))
    return kind in _JSON | _ANY and not any(map(_excludes, parameters))


def _excludes(parameter: bytes) -> bool:
    """A weight of zero, or another version of FHIR than ours."""
    name, _, value = parameter.partition(b"=")
    if name == b"q":
        return not value.strip(b"0.")
    return name == b"fhirversion" and value.strip(b'"') != b"4.0"
