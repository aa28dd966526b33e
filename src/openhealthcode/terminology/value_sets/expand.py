"""The codes of a value set, one by one, and whether a code is among them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Final

from openhealthcode.standards import HealthCodeError
from openhealthcode.terminology.concepts import About, Concept, Content, canonical
from openhealthcode.terminology.concepts.system import System, SystemUnknown, concept_in
from openhealthcode.terminology.concepts.wording import matches, words_of
from openhealthcode.terminology.loaded.store import Database
from openhealthcode.terminology.resolve import system_of
from openhealthcode.terminology.value_sets.held import value_set
from openhealthcode.terminology.value_sets.model import Filter, Part, ValueSet

MOST_CODES: Final = 10_000
"""A value set of more codes is not told one by one; a filter makes it smaller."""
_DEEPEST: Final = 8


class TooManyCodes(HealthCodeError):
    """The value set has too many codes to be listed; name the beginning of a word (filter)."""

    code = "value-set-too-large"


@dataclass(frozen=True, slots=True)
class Expansion:
    """The codes of a value set, and the versions of the systems they were taken from."""

    concepts: tuple[Concept, ...]
    systems: tuple[tuple[str, str], ...]
    is_closed: bool
    """False if some code system is not here whole: there may be more codes than these."""


async def expand(
    database: Database, wanted: ValueSet, asked: Collection[str] = (), *, only_active: bool = False
) -> Expansion:
    """Every code of a value set, or those with words that begin so.

    Args:
        asked: as ``words_asked`` cuts them.
        only_active: leave out what is no longer to be used.

    Raises:
        TooManyCodes: more than ten thousand.
        SystemUnknown: it draws from a system that is not here.
    """
    used: dict[str, About] = {}
    found: dict[tuple[str, str], Concept] = {}
    async for concept in _codes(database, wanted, asked, used, _DEEPEST):
        if concept.is_active or not only_active:
            found[concept.system, concept.code] = concept
        if len(found) > MOST_CODES:
            raise TooManyCodes
    return Expansion(
        tuple(found.values()),
        tuple((about.url, about.version) for about in used.values()),
        all(about.content is Content.COMPLETE for about in used.values()),
    )


async def contains(database: Database, wanted: ValueSet, system: str, code: str) -> Concept | None:
    """The concept, if it is in the value set; without listing the others.

    Raises:
        SystemUnknown: whether it is cannot be told, its system is not here.
    """
    system = canonical(system)
    found = await _in_any(database, wanted.include, system, code, _DEEPEST)
    if found is None or await _in_any(database, wanted.exclude, system, code, _DEEPEST):
        return None
    return found


async def _codes(
    database: Database,
    wanted: ValueSet,
    asked: Collection[str],
    used: dict[str, About],
    deepest: int,
) -> AsyncIterator[Concept]:
    for part in wanted.include:
        async for concept in _codes_of(database, part, asked, used, deepest):
            if not await _in_any(
                database, wanted.exclude, concept.system, concept.code, deepest - 1
            ):
                yield concept


async def _codes_of(
    database: Database, part: Part, asked: Collection[str], used: dict[str, About], deepest: int
) -> AsyncIterator[Concept]:
    for url in part.value_sets:
        async for concept in _codes(database, _named(url, deepest), asked, used, deepest - 1):
            yield concept
    if not part.system:
        return
    system = await system_of(database, part.system)
    if part.codes:
        for code in part.codes:
            concept = await _listed(system, part.system, code)
            if not asked or matches(words_of(concept), asked):
                yield concept
        return
    if system is None:
        raise SystemUnknown
    used[system.about.url] = system.about
    for concept in await _by_rule(system, part, asked):
        yield concept


async def _listed(system: System | None, url: str, code: str) -> Concept:
    """A code that is named; it belongs to the value set even if nobody here can say what it means."""
    found = await system.concept(code) if system else None
    return found or Concept(canonical(url), code)


async def _by_rule(system: System, part: Part, asked: Collection[str]) -> list[Concept]:
    below = None
    for rule in part.filters:
        await _check(system, rule)
        below = rule.value
    found = await system.find(asked, below, MOST_CODES + 1)
    if len(found) > MOST_CODES:
        raise TooManyCodes
    if any(rule.op == "descendent-of" for rule in part.filters):
        found = [each for each in found if each.code != below]
    return found


async def _in_any(
    database: Database, parts: Collection[Part], system: str, code: str, deepest: int
) -> Concept | None:
    for part in parts:
        for url in part.value_sets:
            inner = _named(url, deepest)
            found = await _in_any(database, inner.include, system, code, deepest - 1)
            if found and not await _in_any(database, inner.exclude, system, code, deepest - 1):
                return found
        if part.system and canonical(part.system) == system:
            found = await _in_part(database, part, code)
            if found:
                return found
    return None


async def _in_part(database: Database, part: Part, code: str) -> Concept | None:
    if part.codes and code not in part.codes:
        return None
    system = await system_of(database, part.system)
    if part.codes:
        return await _listed(system, part.system, code)
    if system is None:
        raise SystemUnknown
    found = await concept_in(system, code)
    if found is None:
        return None
    for rule in part.filters:
        await _check(system, rule)
        is_itself = rule.op == "is-a" and code == rule.value
        if not is_itself and rule.value not in await system.above(code):
            return None
    return found


async def _check(system: System, rule: Filter) -> None:
    """Go on if the rule can be followed: what lies below a code that is here."""
    if rule.property != "concept" or rule.op not in {"is-a", "descendent-of"}:
        raise SystemUnknown  # properties of concepts are not kept
    await concept_in(system, rule.value)


def _named(url: str, deepest: int) -> ValueSet:
    found = value_set(url) if deepest > 0 else None
    if found is None:
        raise SystemUnknown
    return found
