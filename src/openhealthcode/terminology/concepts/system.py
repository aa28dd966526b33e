"""What can be asked of a code system, wherever it is kept: in tables, in the database, in a grammar."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Protocol

from openhealthcode.standards import HealthCodeError
from openhealthcode.terminology.concepts.held import code_system
from openhealthcode.terminology.concepts.model import About, CodeSystem, Concept, Content
from openhealthcode.terminology.concepts.wording import matches, words_of


class SystemUnknown(HealthCodeError):
    """The code system or value set is not here, or not whole; the operator can load it."""

    code = "code-system-unknown"


class System(Protocol):
    """A code system that is known here."""

    @property
    def about(self) -> About:
        """What is said of it as a whole."""

    async def concept(self, code: str) -> Concept | None:
        """One of its concepts, or None."""

    async def above(self, code: str) -> frozenset[str]:
        """Every code that this one is a kind of, itself not among them."""

    async def find(self, asked: Collection[str], below: str | None, most: int) -> list[Concept]:
        """Concepts with words that begin so: all of them without words.

        Args:
            asked: as ``words_asked`` cuts them.
            below: only what is a kind of this code, itself included.
            most: no more than these.
        """


class HeldSystem:
    """A code system of the release, in this process."""

    def __init__(self, held: CodeSystem) -> None:
        self.about = held.about
        self._concepts = held.concepts

    async def concept(self, code: str) -> Concept | None:
        """One of its concepts, or None."""
        return self._concepts.get(code)

    async def above(self, code: str) -> frozenset[str]:
        """Every code that this one is a kind of."""
        return self._above(code)

    async def find(self, asked: Collection[str], below: str | None, most: int) -> list[Concept]:
        """Concepts with words that begin so, in the order of the table."""
        words = _words(self.about.url) if asked else {}
        found: list[Concept] = []
        for code, concept in self._concepts.items():
            if asked and not matches(words[code], asked):
                continue
            if below is not None and code != below and below not in self._above(code):
                continue
            found.append(concept)
            if len(found) == most:
                break
        return found

    def _above(self, code: str) -> frozenset[str]:
        found: set[str] = set()
        waiting = [code]
        while waiting:
            held = self._concepts.get(waiting.pop())
            new = set(held.parents) - found if held else set()
            found |= new
            waiting += new
        return frozenset(found)


@cache
def _words(url: str) -> dict[str, frozenset[str]]:
    held = code_system(url)
    return {code: words_of(each) for code, each in held.concepts.items()} if held else {}


async def concept_in(system: System, code: str) -> Concept | None:
    """A concept of a system, or None if it has no such code.

    Raises:
        SystemUnknown: only a part of the system is here, and nothing can be said of this code.
    """
    found = await system.concept(code)
    if found is None and system.about.content is Content.FRAGMENT:
        raise SystemUnknown
    return found
