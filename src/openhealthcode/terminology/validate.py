"""Whether a code is one, of a code system or of a value set, and whether it is named rightly."""

from __future__ import annotations

from dataclasses import dataclass

from openhealthcode.standards import HealthCodeError
from openhealthcode.terminology import value_sets
from openhealthcode.terminology.concepts import Concept
from openhealthcode.terminology.concepts.system import System, SystemUnknown, concept_in
from openhealthcode.terminology.loaded.store import Database
from openhealthcode.terminology.resolve import system_of
from openhealthcode.terminology.spelling import as_read
from openhealthcode.terminology.value_sets import ValueSet


class CodeUnknown(HealthCodeError):
    """The code system has no such code."""

    code = "code-unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a code is valid, what it is, and whether it is called what was said."""

    concept: Concept | None
    is_rightly_named: bool = True

    @property
    def is_valid(self) -> bool:
        """Whether the code is one and the name, if one was said, is one of its names."""
        return self.concept is not None and self.is_rightly_named


async def look_up(database: Database, url: str, code: str, version: str = "") -> Concept | None:
    """A concept of any code system that is here.

    Raises:
        SystemUnknown: the code system is not here, or not in this version; or only a part of it,
            and the code is not in that part.
    """
    return await concept_in(await known(database, url, version), code)


async def known(database: Database, url: str, version: str = "") -> System:
    """A code system.

    Raises:
        SystemUnknown: it is not here, or not in this version.
    """
    system = await system_of(database, url, version)
    if system is None:
        raise SystemUnknown
    return system


async def validate(
    database: Database, url: str, code: str, *, display: str = "", version: str = ""
) -> Verdict:
    """Whether a code system has this code, by this name if one is said.

    Raises:
        SystemUnknown: as for ``look_up``.
    """
    return _verdict(await look_up(database, url, code, version), display)


async def validate_in(
    database: Database, wanted: ValueSet, url: str, code: str, *, display: str = ""
) -> Verdict:
    """Whether a value set holds this code, by this name if one is said.

    Raises:
        SystemUnknown: a system the value set draws from is not here.
    """
    return _verdict(await value_sets.contains(database, wanted, url, code), display)


async def subsumes(database: Database, url: str, one: str, other: str, version: str = "") -> str:
    """How two codes of a system lie: ``equivalent``, ``subsumes``, ``subsumed-by``, ``not-subsumed``.

    Raises:
        SystemUnknown: as for ``look_up``.
        CodeUnknown: the system has not both codes.
    """
    system = await known(database, url, version)
    for code in (one, other):
        if await concept_in(system, code) is None:
            raise CodeUnknown
    if one == other:
        return "equivalent"
    if one in await system.above(other):
        return "subsumes"
    return "subsumed-by" if other in await system.above(one) else "not-subsumed"


def _verdict(concept: Concept | None, display: str) -> Verdict:
    if concept is None or not display:
        return Verdict(concept)
    names = {as_read(concept.chinese), as_read(concept.english)} - {""}
    return Verdict(concept, not names or as_read(display) in names)
