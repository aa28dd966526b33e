"""The medicines that can be prescribed by name: substances of ATC, the release's or the operator's."""

from __future__ import annotations

from functools import cache
from typing import Final

from openhealthcode import terminology
from openhealthcode.database import Pool
from openhealthcode.record.plain import Language
from openhealthcode.terminology import Concept, systems

_SUBSTANCE: Final = 7
"""Characters of an ATC code that names one substance."""
_MOST: Final = 8
"""So many are offered when what was typed is none."""


@cache
def medicines_in(language: Language) -> tuple[tuple[str, str], ...]:
    """The name of each that the release knows, and the initials it is found by in a list."""
    known = terminology.code_system(systems.ATC)
    found = known.concepts if known else {}
    return tuple(
        (found[code].name_in(language), terminology.initials_of(found[code].chinese))
        for code in sorted(found)
        if len(code) == _SUBSTANCE
    )


async def medicine_named(pool: Pool, typed: str, language: Language) -> Concept | None:
    """What was typed, if it is the whole name of a medicine in either language, or its code."""
    wanted = " ".join(typed.split()).casefold()
    if not wanted:
        return None
    for each in await _found(pool, typed, language):
        if wanted in {each.chinese.casefold(), each.english.casefold(), each.code.casefold()}:
            return each
    return None


async def medicines_like(pool: Pool, typed: str, language: Language) -> tuple[str, ...]:
    """Medicines that may be meant: by the beginning of a word, or initials of pinyin."""
    found = await _found(pool, typed, language)
    return tuple(each.name_in(language) for each in found[:_MOST])


async def _found(pool: Pool, typed: str, language: Language) -> list[Concept]:
    found = await terminology.find(pool, typed, [systems.ATC], language, most=200)
    return [each for each in found if len(each.code) == _SUBSTANCE]
