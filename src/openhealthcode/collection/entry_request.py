"""What an entry of a Bundle asks for: the method, what it names, and on which condition. Pure.

Source: FHIR R4 (4.0.1), Bundle.entry.request, bdl-3; RESTful API 3.1.0.11.1 (rules for the order).
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import parse_qsl

from openhealthcode.collection.model import (
    BundleMalformed,
    EntryRequest,
    Method,
    Parameters,
    Resource,
)
from openhealthcode.record import parse

JSON_PATCH: Final = "application/json-patch+json"
_MOST_PARAMETERS: Final = 32
_LONGEST_URL: Final = 4_000
_URL: Final = re.compile(
    r"(?P<type>[A-Z][A-Za-z]{1,40})(?:/(?P<id>[A-Za-z0-9\-.]{1,64})|\?(?P<query>.*))?", re.DOTALL
)
_VERSION: Final = re.compile(r'(?:W/)?"([1-9]\d{0,8})"', re.ASCII)


def entry_request(entry: object, place: int) -> EntryRequest:
    """Read one entry of a transaction.

    Raises:
        BundleMalformed: not an entry, a method that is not taken, or parts that do not fit it.
    """
    at = f"Bundle.entry[{place}]"
    if not isinstance(entry, dict) or not isinstance(entry.get("request"), dict):
        raise BundleMalformed(f"{at}.request is missing")
    asked, full_url = entry["request"], entry.get("fullUrl")
    if asked.get("method") not in set(Method):
        raise BundleMalformed(f"{at}.request.method: a transaction takes {', '.join(Method)}")
    if full_url is not None and not isinstance(full_url, str):
        raise BundleMalformed(f"{at}.fullUrl is not text")
    method = Method(asked["method"])
    resource = entry.get("resource")
    if method is not Method.DELETE and not isinstance(resource, dict):
        raise BundleMalformed(f"{at}.resource is missing")
    if method is Method.POST:
        return _created(asked, method, resource or {}, place, full_url or "")
    return _changed(asked, method, resource, place, full_url or "")


def _created(
    asked: Resource, method: Method, resource: Resource, place: int, full_url: str
) -> EntryRequest:
    at = f"Bundle.entry[{place}]"
    type_ = resource.get("resourceType")
    if not isinstance(type_, str):
        raise BundleMalformed(f"{at}.resource.resourceType is missing")
    query = asked.get("ifNoneExist")
    return EntryRequest(
        place=place,
        method=method,
        type=type_,
        full_url=full_url,
        condition=None if query is None else parameters_of(query, f"{at}.request.ifNoneExist"),
        resource=resource,
    )


def _changed(
    asked: Resource, method: Method, resource: Resource | None, place: int, full_url: str
) -> EntryRequest:
    at = f"Bundle.entry[{place}]"
    url = asked.get("url")
    found = _URL.fullmatch(url) if isinstance(url, str) and len(url) <= _LONGEST_URL else None
    if found is None or (found["id"] is None and not found["query"]):
        raise BundleMalformed(f"{at}.request.url: expected type/id or type?condition")
    if method is Method.PUT and resource is not None:
        if resource.get("resourceType") != found["type"]:
            raise BundleMalformed(f"{at}.resource is not of the type of its request.url")
        if found["id"] is not None and resource.get("id") != found["id"]:
            raise BundleMalformed(f"{at}.resource.id is not the id of its request.url")
    return EntryRequest(
        place=place,
        method=method,
        type=found["type"],
        full_url=full_url,
        fhir_id=found["id"] or "",
        condition=None if found["id"] else parameters_of(found["query"], f"{at}.request.url"),
        if_match=version_in(asked.get("ifMatch"), f"{at}.request.ifMatch"),
        resource=resource if method is Method.PUT else None,
        operations=_operations(resource, at) if method is Method.PATCH else None,
    )


def parameters_of(query: object, at: str) -> Parameters:
    """The search a condition is.

    Raises:
        BundleMalformed: it is no search, or an empty one, which anything would meet.
    """
    if not isinstance(query, str) or len(query) > _LONGEST_URL:
        raise BundleMalformed(f"{at} is not a search")
    try:
        found = parse_qsl(
            query.rpartition("?")[2],
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise BundleMalformed(f"{at} is not a search") from None
    if not found:
        raise BundleMalformed(f"{at} is a search without conditions")
    return tuple(found)


def version_in(tag: object, at: str) -> int | None:
    """The version an entity tag names; None where there is no tag.

    Raises:
        BundleMalformed: another kind of tag, which no version has.
    """
    if tag is None:
        return None
    found = _VERSION.fullmatch(tag.strip()) if isinstance(tag, str) else None
    if found is None:
        raise BundleMalformed(f"{at}: expected the tag of a version")
    return int(found[1])


def _operations(binary: Resource | None, at: str) -> object:
    """The JSON Patch in a Binary, as FHIR has it stand in a Bundle."""
    data = (binary or {}).get("data")
    kind = (binary or {}).get("contentType")
    if (binary or {}).get("resourceType") != "Binary" or not isinstance(data, str):
        raise BundleMalformed(f"{at}.resource: a patch stands in a Binary")
    if kind != JSON_PATCH:
        raise BundleMalformed(f"{at}.resource.contentType: only {JSON_PATCH} is taken")
    try:
        return operations_in(base64.b64decode(data, validate=True))
    except binascii.Error:
        raise BundleMalformed(f"{at}.resource.data is not base64") from None


def operations_in(body: bytes) -> object:
    """The operations of a JSON Patch, bounded and read as whatever else strangers send.

    Raises:
        MalformedJson, TooLarge: as ``record.parse`` says.
    """
    read = parse(b'{"patch":' + body + b"}")
    return read["patch"] if len(read) == 1 else None
