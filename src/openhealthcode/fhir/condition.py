"""What a write is tied to: a version, a search that names the entry, how it is to be answered.

Source: FHIR R4, 3.1.0.1.2 (version ids and If-Match), 3.1.0.8.1 (If-None-Exist), 3.1.0.1.6 (Prefer);
RFC 9110, 13.1.1; RFC 7240.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from openhealthcode.collection import Parameters
from openhealthcode.fhir.negotiation import ParameterNotSupported, query_of
from openhealthcode.standards import InvalidInput

_VERSION: Final = re.compile(rb'\s*(?:W/)?"([1-9]\d{0,8})"\s*')
_RETURN: Final = re.compile(rb'(?:^|[,;])\s*return\s*=\s*"?(\w+)"?\s*(?=$|[,;])', re.IGNORECASE)
_ANSWERS: Final = {
    b"minimal": "minimal",
    b"representation": "representation",
    b"operationoutcome": "OperationOutcome",
}


def version_meant(headers: Mapping[bytes, bytes]) -> int | None:
    """The version ``If-Match`` names; None where any will do.

    Raises:
        InvalidInput: another kind of tag, which no version has.
        ParameterNotSupported: ``If-None-Match``, by which nothing is written here.
    """
    if b"if-none-match" in headers:
        raise ParameterNotSupported
    tag = headers.get(b"if-match", b"*")
    if tag.strip() == b"*":
        return None
    found = _VERSION.fullmatch(tag)
    if found is None:
        raise InvalidInput("If-Match names one version by its tag")
    return int(found[1])


def search_meant(query: bytes) -> Parameters:
    """The search by which an address names an entry.

    Raises:
        InvalidInput: there is none: anything would fit.
    """
    parameters = tuple(query_of(query))
    if not parameters:
        raise InvalidInput("a condition names at least one search parameter")
    return parameters


def search_before_filing(headers: Mapping[bytes, bytes]) -> Parameters | None:
    """The search of ``If-None-Exist``; None where there is none.

    Raises:
        InvalidInput: it is empty, or cannot be read.
    """
    said = headers.get(b"if-none-exist")
    return None if said is None else search_meant(said.strip().rpartition(b"?")[2])


def answer_wanted(headers: Mapping[bytes, bytes]) -> str:
    """``minimal``, ``representation`` or ``OperationOutcome``; empty where nothing is said."""
    found = _RETURN.search(headers.get(b"prefer", b""))
    return _ANSWERS.get(found[1].lower(), "") if found else ""
