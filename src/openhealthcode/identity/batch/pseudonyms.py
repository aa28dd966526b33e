"""Keyed stand-ins for the columns of matching, over which its SQL conditions hold unchanged.

Where only equality counts (numbers, phones, sounds, shapes, addresses) a value becomes a keyed hash.
Where characters are compared (names, birth dates) each character becomes another one, the same for
the same character throughout a run. Such names are disguised, not secret: whoever holds all of them
and knows how frequent names are can undo much of it. The key dies with the run.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator
from hashlib import blake2b
from random import SystemRandom
from typing import Final

from openhealthcode.identity.matching import Block, Field, Variant, blocking_keys, columns

_BY_CHARACTER: Final = frozenset({"family", "given", "family_letters", "given_letters", "birth"})
_WORDS: Final = frozenset(
    {Field.AREA, Field.TOWN, Field.PLACE, Field.ROAD, Field.DOOR, Field.POSTCODE}
)
_KEPT: Final = "_- "
"""``_`` stands for a character that did not arrive, on both sides of a condition."""
_COMMON_HAN: Final = range(0x4E00, 0xA000)
_RARE_HAN: Final = range(0x20000, 0x2A6E0)

COLUMNS: Final = tuple(columns(Variant()))
BLOCKS: Final = tuple(Block)


class Pseudonyms:
    """The stand-ins of one run.

    Args:
        compared: the fields the model compares; address parts are disguised by character only if
            it compares them by letter, else hashed.
    """

    def __init__(self, compared: tuple[Field, ...]) -> None:
        """Make a key that nobody else has."""
        self._key = secrets.token_bytes(32)
        self._characters = _Characters()
        words = {field.value for field in compared if field in _WORDS}
        self._is_by_character = tuple(name in _BY_CHARACTER | words for name in COLUMNS)
        self._known: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def row(self, variant: Variant) -> list[str | None]:
        """The columns of a variant, in the order of ``COLUMNS``; null is not said."""
        return [
            value and (self.disguised(value) if by_character else self.token(value))
            for value, by_character in zip(
                columns(variant).values(), self._is_by_character, strict=True
            )
        ]

    def blocks(
        self, variant: Variant, known: tuple[int | None, ...] | None = None
    ) -> list[int | None]:
        """The blocking keys of a variant, in the order of ``BLOCKS``.

        Args:
            variant: the row of comparison.
            known: the keys that the index has already, all but the number's.
        """
        if known is not None:
            own = self._number(f"{Block.NUMBER}|{variant.number}") if variant.number else None
            return [own, *known]
        found = blocking_keys(variant)
        return [self._number(f"{b}|{found[b]}") if b in found else None for b in BLOCKS]

    def token(self, text: str) -> str:
        """Sixteen digits that are equal for equal texts."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._hash(text).hex()
        return known

    def disguised(self, text: str) -> str:
        """A text with other characters, the same one for the same one."""
        known = self._names.get(text)
        if known is None:
            known = self._names[text] = text.translate(self._characters)
        return known

    def _number(self, text: str) -> int:
        return int.from_bytes(self._hash(text), signed=True)

    def _hash(self, text: str) -> bytes:
        return blake2b(text.encode(), digest_size=8, key=self._key).digest()


class _Characters(dict[int, str]):
    """Each character with another of its kind, drawn when it is first met."""

    def __init__(self) -> None:
        super().__init__({ord(kept): kept for kept in _KEPT})
        random = SystemRandom()
        for alphabet in (string.ascii_lowercase, string.digits):
            shuffled = random.sample(alphabet, len(alphabet))
            self.update(zip(map(ord, alphabet), shuffled, strict=True))
        self._unused = _shuffled(random)

    def __missing__(self, character: int) -> str:
        self[character] = another = next(self._unused)
        return another


def _shuffled(random: SystemRandom) -> Iterator[str]:
    for plane in (_COMMON_HAN, _RARE_HAN):
        yield from map(chr, random.sample(plane, len(plane)))
