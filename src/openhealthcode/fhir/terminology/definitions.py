"""Which definition a request means: by its address, by its URL; and all there are of a type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

from starlette.requests import Request

from openhealthcode import terminology
from openhealthcode.database import Pool
from openhealthcode.fhir.terminology.asked import Asked
from openhealthcode.fhir.terminology.told import id_of
from openhealthcode.standards import NotFound
from openhealthcode.terminology import concept_maps, value_sets
from openhealthcode.terminology.concept_maps import ConceptMap
from openhealthcode.terminology.concepts import About
from openhealthcode.terminology.loaded import LoadedVersion
from openhealthcode.terminology.value_sets import SystemUnknown, ValueSet

Definition = TypeVar("Definition", ValueSet, ConceptMap)


class KnownSystem(NamedTuple):
    """A version of a code system and the id it is read by."""

    id: str
    about: About
    loaded: LoadedVersion | None


async def code_systems(pool: Pool) -> list[KnownSystem]:
    """Every version of every code system; what an operator loaded bears its number in its id."""
    return [
        KnownSystem(
            f"{id_of(about)[:50]}-v{loaded.number}" if loaded else id_of(about), about, loaded
        )
        for about, loaded in await terminology.all_systems(pool)
    ]


async def code_system_asked(request: Request, asked: Asked, name: str = "url") -> tuple[str, str]:
    """URL and version of the code system a request is about; empty if it names none.

    Raises:
        NotFound: there is none of this id.
    """
    id_ = request.path_params.get("id")
    if id_ is None:
        return asked.text(name), asked.text("version")
    for one in await code_systems(asked.pool):
        if one.id == id_:
            return one.about.url, one.about.version
    raise NotFound


def value_set_asked(request: Request, asked: Asked) -> ValueSet:
    """The value set a request is about.

    Raises:
        NotFound: there is none of this id.
        SystemUnknown: there is none of this URL and version.
    """
    id_ = request.path_params.get("id")
    if id_ is not None:
        return by_id(value_sets.held().values(), id_)
    version = asked.text("valueSetVersion")
    found = value_sets.value_set(asked.needed("url") + (f"|{version}" if version else ""))
    if found is None:
        raise SystemUnknown
    return found


def concept_map_asked(request: Request, asked: Asked) -> ConceptMap | None:
    """The map a request is about, or None if it names none.

    Raises:
        NotFound: there is none of this id.
        SystemUnknown: there is none of this URL and version.
    """
    id_ = request.path_params.get("id")
    if id_ is not None:
        return by_id(concept_maps.held().values(), id_)
    if not asked.text("url"):
        return None
    found = concept_maps.held().get(asked.text("url"))
    if found is None or asked.text("conceptMapVersion") not in {"", found.about.version}:
        raise SystemUnknown
    return found


def by_id(listed: Iterable[Definition], id_: str) -> Definition:
    """The definition of an id.

    Raises:
        NotFound: there is none.
    """
    for one in listed:
        if id_of(one.about) == id_:
            return one
    raise NotFound
