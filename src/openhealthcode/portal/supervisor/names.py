"""What people, systems and institutions are called in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from openhealthcode import registry
from openhealthcode.portal.layout import Language, language_of, platform_of
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import InstitutionId, PractitionerId, SystemId


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one page; empty where the register knows none."""

    people: Mapping[UUID, str]
    systems: Mapping[UUID, str]
    places: Mapping[UUID, str]

    def person(self, practitioner_id: UUID | None) -> str:
        """A practitioner's name and staff number."""
        return self.people.get(practitioner_id, "") if practitioner_id else ""

    def place(self, institution_id: UUID | None) -> str:
        """An institution's name."""
        return self.places.get(institution_id, "") if institution_id else ""

    def called(self, kind: str, agent_id: UUID) -> str:
        """Whoever acted, by what they are: a practitioner or a system."""
        return (self.systems if kind == "system" else self.people).get(agent_id, "")


async def names_of(
    request: Request,
    *,
    people: Iterable[UUID | None] = (),
    systems: Iterable[UUID | None] = (),
    places: Iterable[UUID | None] = (),
) -> Names:
    """Look up everybody a page names, in two queries and from what the register remembers."""
    pool, in_english = platform_of(request).pool, language_of(request) is Language.ENGLISH
    persons = await registry.practitioners(pool, {PractitionerId(one) for one in people if one})
    machines: dict[UUID, str] = {}
    for one in {SystemId(one) for one in systems if one}:
        with suppress(NotFound):
            machines[one] = (await registry.system(pool, one)).name
    there = await registry.institutions(pool, {InstitutionId(one) for one in places if one})
    return Names(
        {
            id_: " ".join(
                ((one.name_en if in_english else "") or one.name, one.staff_number)
            ).strip()
            for id_, one in persons.items()
        },
        machines,
        {id_: (one.name_en if in_english else "") or one.name for id_, one in there.items()},
    )
