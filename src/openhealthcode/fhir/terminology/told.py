"""The forms of an answer about codes: Parameters, the names of a concept, a CodeSystem and so on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.fhir.answer import answer
from openhealthcode.terminology.concept_maps import ConceptMap
from openhealthcode.terminology.concepts import About, CodeSystem, Concept, Language
from openhealthcode.terminology.value_sets import Part, ValueSet

Json = dict[str, Any]
RELEASED: Final = "2026-11-22"
_NO_ID: Final = re.compile(r"[^A-Za-z0-9.\-]+")


def resource(request: Request, body: Json, language: Language = "en") -> Response:
    """A resource as an answer; codes are nobody's, so that it may be kept for a while."""
    headers = {
        "Cache-Control": "private, max-age=300",
        "Content-Language": language,
        "Vary": "Accept-Language, Authorization",
    }
    return answer(request, orjson.dumps(body), headers)


def parameters(request: Request, listed: Iterable[Json], language: Language) -> Response:
    """A Parameters resource as an answer."""
    body = {"resourceType": "Parameters", "parameter": list(listed)}
    return resource(request, body, language)


def parameter(name: str, kind: str, value: object) -> Json:
    """One parameter; ``kind`` is the type as it stands after ``value``."""
    return {"name": name, f"value{kind}": value}


def display(concept: Concept, language: Language) -> Json:
    """The ``display`` of a concept, if anybody gave it a name."""
    name = concept.name_in(language)
    return {"display": name} if name else {}


def designations(concept: Concept) -> list[Json]:
    """Every name of a concept with its language."""
    names = (("zh-CN", concept.chinese), ("en", concept.english))
    return [{"language": language, "value": name} for language, name in names if name]


def id_of(about: About) -> str:
    """The id a definition is read by: the last part of its URL."""
    url = about.url.removeprefix("urn:oid:").removeprefix("urn:openhealthcode:")
    last = url.rstrip("/").rpartition("/")[2] or url
    return _NO_ID.sub("-", last)[-64:].strip("-")


def _head(type_: str, id_: str, about: About) -> Json:
    return {
        "resourceType": type_,
        "id": id_,
        "url": about.url,
        "version": about.version,
        "name": about.name,
        "title": about.title_in("en"),
        "status": "active",
        "date": RELEASED,
        **({"_title": _translated(about.chinese)} if about.chinese else {}),
        **({"copyright": about.source} if about.source else {}),
    }


def _translated(chinese: str) -> Json:
    said = [{"url": "lang", "valueCode": "zh-CN"}, {"url": "content", "valueString": chinese}]
    url = "http://hl7.org/fhir/StructureDefinition/translation"
    return {"extension": [{"url": url, "extension": said}]}


def code_system(id_: str, about: About, held: CodeSystem | None, count: int) -> Json:
    """A CodeSystem; with its concepts where they are ours to hand on."""
    told = _head("CodeSystem", id_, about) | {
        "caseSensitive": True,
        "content": about.content.value if held else "not-present",
        "count": count,
    }
    identifiers = [{"system": "urn:ietf:rfc:3986", "value": alias} for alias in about.aliases]
    if identifiers:
        told["identifier"] = identifiers
    if held and held.concepts:
        told["hierarchyMeaning"] = "is-a"
        told["concept"] = _tree(held)
    return told


def _tree(held: CodeSystem) -> list[Json]:
    """Concepts within their parents; those with several parents lie within the first."""
    top: list[Json] = []
    told: dict[str, Json] = {}
    for code, concept in held.concepts.items():
        one = told[code] = {"code": code, **display(concept, "en")}
        names = [each for each in designations(concept) if each["value"] != one.get("display")]
        if names:
            one["designation"] = names
        if not concept.is_active:
            one["property"] = [{"code": "inactive", "valueBoolean": True}]
        above = told.get(concept.parents[0]) if concept.parents else None
        (top if above is None else above.setdefault("concept", [])).append(one)
    return top


def value_set(id_: str, wanted: ValueSet) -> Json:
    """A ValueSet with what it is made of."""
    compose = {"include": [_part(part) for part in wanted.include]}
    if wanted.exclude:
        compose["exclude"] = [_part(part) for part in wanted.exclude]
    return _head("ValueSet", id_, wanted.about) | {"compose": compose}


def _part(part: Part) -> Json:
    told: Json = {}
    if part.system:
        told["system"] = part.system
    if part.codes:
        told["concept"] = [{"code": code} for code in part.codes]
    if part.filters:
        told["filter"] = [rule._asdict() for rule in part.filters]
    if part.value_sets:
        told["valueSet"] = list(part.value_sets)
    return told


def concept_map(id_: str, one: ConceptMap) -> Json:
    """A ConceptMap with all its rows."""
    elements: dict[str, list[Json]] = {}
    for row in one.rows:
        target: Json = {"equivalence": row.equivalence}
        elements.setdefault(row.source, []).append(
            ({"code": row.target} if row.target else {}) | target
        )
    group = {
        "source": one.source,
        "target": one.target,
        "element": [{"code": code, "target": targets} for code, targets in elements.items()],
    }
    return _head("ConceptMap", id_, one.about) | {"group": [group]}


def naming_system(id_: str, about: About) -> Json:
    """A NamingSystem: every URI a code system is known by."""
    urls = [about.url, *about.aliases]
    return {
        "resourceType": "NamingSystem",
        "id": id_,
        "name": about.name,
        "status": "active",
        "kind": "codesystem",
        "date": RELEASED,
        "description": about.title_in("en"),
        "uniqueId": [
            {
                "type": "oid" if url.startswith("urn:oid:") else "uri",
                "value": url.removeprefix("urn:oid:"),
                "preferred": url == about.url,
            }
            for url in urls
        ],
    }
