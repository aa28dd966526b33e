"""The concepts that every release holds, looked up in this process: no database, no waiting."""

from __future__ import annotations

from functools import cache

from openhealthcode.terminology.concepts.files import blocks, concepts_in
from openhealthcode.terminology.concepts.model import About, CodeSystem, Concept, Language


def display_of(system: str, code: str, language: Language) -> str | None:
    """What a code is called in this language, else in the other; None if nobody here knows it.

    Args:
        system: the URI a Coding carries, an object identifier included.
        code: the code, exactly.
        language: the reader's.
    """
    found = concept(system, code)
    return (found.name_in(language) or None) if found else None


def concept(system: str, code: str) -> Concept | None:
    """A concept of a packaged code system, or None."""
    known = code_system(system)
    return known.concepts.get(code) if known else None


def code_system(system: str) -> CodeSystem | None:
    """A packaged code system by any of its URIs, with all its concepts, or None."""
    url = canonical(system)
    return _read(url) if url in blocks() else None


def canonical(system: str) -> str:
    """The URI we call a system by, from any other it is known under; unknown ones stay as given."""
    return _aliases().get(system, system)


def systems() -> list[About]:
    """Every packaged code system, its concepts left unread."""
    return [block.about for block in blocks().values()]


def classes_above(system: str, code: str) -> tuple[str, ...]:
    """What a code is a kind of, the nearest first: the classes above a drug (ATC), a chapter.

    A code nobody listed still lies in the classes its first characters name, where a system is
    built that way.
    """
    known = code_system(system)
    if known is None:
        return ()
    found: list[str] = []
    waiting = list(_parents(known, code))
    while waiting:
        next_one = waiting.pop(0)
        if next_one not in found:
            found.append(next_one)
            waiting += _parents(known, next_one)
    return tuple(found)


def _parents(known: CodeSystem, code: str) -> tuple[str, ...]:
    held = known.concepts.get(code)
    if held is not None:
        return held.parents
    if known.about.name not in _BUILT_OF_THEIR_BEGINNINGS:
        return ()
    shorter = (code[:end].rstrip(".") for end in range(len(code) - 1, 0, -1))
    return next(((each,) for each in shorter if each in known.concepts), ())


_BUILT_OF_THEIR_BEGINNINGS = frozenset({"ATC", "ICD10"})


@cache
def _read(url: str) -> CodeSystem:
    block = blocks()[url]
    return CodeSystem(block.about, concepts_in(block))


@cache
def _aliases() -> dict[str, str]:
    return {alias: url for url, block in blocks().items() for alias in block.about.aliases}
