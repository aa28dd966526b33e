"""A loaded code system, asked like one of the release."""

from __future__ import annotations

from collections.abc import Collection

from openhealthcode.terminology.concepts import Concept
from openhealthcode.terminology.concepts import concept as held_concept
from openhealthcode.terminology.loaded import store
from openhealthcode.terminology.loaded.model import LoadedVersion
from openhealthcode.terminology.loaded.store import Database


class LoadedSystem:
    """One version of a code system in the database.

    What it has no Chinese name for is called as the release calls it, where the release does.
    """

    def __init__(self, database: Database, version: LoadedVersion) -> None:
        self.about = version.about
        self._database = database
        self._number = version.number

    async def concept(self, code: str) -> Concept | None:
        """One of its concepts, or None."""
        found = await store.concept(self._database, self._number, self.about.url, code)
        return _named(found) if found else None

    async def above(self, code: str) -> frozenset[str]:
        """Every code that this one is a kind of."""
        return await store.above(self._database, self._number, code)

    async def find(self, asked: Collection[str], below: str | None, most: int) -> list[Concept]:
        """Concepts with words that begin so, the shortest names first."""
        found = await store.find(self._database, self._number, self.about.url, asked, below, most)
        return [_named(each) for each in found]


def _named(concept: Concept) -> Concept:
    if concept.chinese:
        return concept
    held = held_concept(concept.system, concept.code)
    return concept._replace(chinese=held.chinese) if held else concept
