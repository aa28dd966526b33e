"""``GET /fhir/CodeSystem/{id}``, and of ValueSet, ConceptMap, NamingSystem: one definition.

Source: FHIR R4, 3.1.0.2 (read).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from openhealthcode import terminology
from openhealthcode.database import Pool
from openhealthcode.fhir.terminology import told
from openhealthcode.fhir.terminology.asked import asked_of
from openhealthcode.fhir.terminology.definitions import KnownSystem, code_systems
from openhealthcode.fhir.terminology.told import Json, id_of
from openhealthcode.standards import NotFound
from openhealthcode.terminology import concept_maps, value_sets


async def read(request: Request) -> Response:
    """The definition of an id, whole; codes that are somebody else's to hand on are not in it.

    Raises:
        NotFound: there is none.
    """
    asked = await asked_of(request, ())
    found = await definitions(asked.pool, request.path_params["type"])
    one = found.get(request.path_params["id"])
    if one is None:
        raise NotFound
    if isinstance(one, KnownSystem):
        return told.resource(request, whole(one))
    return told.resource(request, one)


async def definitions(pool: Pool, type_: str) -> dict[str, KnownSystem | Json]:
    """Every definition of a type by its id; code systems without their codes."""
    if type_ == "CodeSystem":
        return {one.id: one for one in await code_systems(pool)}
    if type_ == "NamingSystem":
        return {
            id_: told.naming_system(id_, one.about)
            for one in await code_systems(pool)
            if one.loaded is None and (id_ := one.id)
        }
    if type_ == "ConceptMap":
        maps = concept_maps.held().values()
        return {id_: told.concept_map(id_, one) for one in maps if (id_ := id_of(one.about))}
    sets = value_sets.held().values()
    return {id_: told.value_set(id_, one) for one in sets if (id_ := id_of(one.about))}


def whole(one: KnownSystem) -> Json:
    """A CodeSystem with its codes, if the release brings them."""
    if one.loaded is not None:
        return told.code_system(one.id, one.about, None, one.loaded.concepts)
    held = terminology.code_system(one.about.url)
    return told.code_system(one.id, one.about, held, len(held.concepts) if held else 0)
