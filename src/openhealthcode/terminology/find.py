"""Find codes by what somebody types: beginnings of words, Chinese, a code, initials of pinyin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from openhealthcode.terminology.concepts import Concept, Language
from openhealthcode.terminology.concepts.wording import rank, words_asked
from openhealthcode.terminology.loaded.store import Database
from openhealthcode.terminology.resolve import system_of

_LOOKED_AT: Final = 500
"""So many of each system are put in order; who types one letter more finds the others."""


async def find(
    database: Database, text: str, systems: Sequence[str], language: Language, *, most: int = 20
) -> list[Concept]:
    """The codes of these systems that a text means, the likeliest first; none for no words.

    Args:
        text: what was typed: ``高血``, ``gxy``, ``hypert``, ``I10``.
        systems: by their URIs; those that are not here find nothing.
        language: the reader's, which decides what counts as a short or exact name.
        most: how many at the most.
    """
    asked = words_asked(text)
    if not asked:
        return []
    found: list[Concept] = []
    for url in systems:
        system = await system_of(database, url)
        if system is not None:
            found += await system.find(asked, None, _LOOKED_AT)
    usable = (each for each in found if each.is_active and each.name_in(language))
    return sorted(usable, key=lambda each: rank(each, text, language))[:most]
