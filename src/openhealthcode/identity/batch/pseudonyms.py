"""Keyed stand-ins for the columns of matching, over which its SQL conditions hold unchanged.

Where only equality counts (numbers, phones, sounds, shapes, addresses) a value becomes a keyed hash.
Where characters are compared (names, birth dates) each character becomes another one, the same for
the same character throughout a run. Such names are disguised, not secret: whoever holds all of them
and knows how frequent names are can undo much of it. The key dies with the run.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import chain
from random import SystemRandom
from typing import Final

from openhealthcode.identity.matching import Block, Field, Variant, blocking_keys, columns
from openhealthcode.standards import Sex

_PARTS_OF_ADDRESS: Final = (
    Field.AREA,
    Field.TOWN,
    Field.PLACE,
    Field.ROAD,
    Field.DOOR,
    Field.POSTCODE,
)
_KEPT: Final = "_- "
"""``_`` stands for a character that did not arrive, on both sides of a condition."""
_COMMON_HAN: Final = range(0x4E00, 0xA000)
_RARE_HAN: Final = range(0x20000, 0x2A6E0)

COLUMNS: Final = tuple(columns(Variant()))
BLOCKS: Final = tuple(Block)
_BY_CHARACTER: Final = frozenset({"family", "given", "family_letters", "given_letters", "birth"})

Shown = str | int | None
"""A stand-in: characters for characters, a number for a value of which only equality counts."""


def is_text(column: str, compared: Sequence[Field]) -> bool:
    """Whether a column keeps its characters, because the model compares them one by one."""
    return column in _BY_CHARACTER or any(
        column == part.value and part in compared for part in _PARTS_OF_ADDRESS
    )


class Pseudonyms:
    """The stand-ins of one run.

    Args:
        compared: the fields the model compares; address parts are disguised by character only if
            it compares them by letter, else hashed.
    """

    def __init__(self, compared: Sequence[Field]) -> None:
        """Make a key that nobody else has."""
        self._key = secrets.token_bytes(32)
        self._characters = _Characters()
        self._texts: dict[str, str] = {}
        self._hashes: dict[str, int] = {}
        self._names: dict[tuple[str, str, bool], tuple[Shown, ...]] = {}
        self._sexes = {sex: self._token_of_sex(sex) for sex in Sex}
        self._parts = [
            (self.disguised if is_text(part.value, compared) else self.token)
            for part in _PARTS_OF_ADDRESS
        ]

    def row(self, variant: Variant) -> list[Shown]:
        """The columns of a variant, in the order of ``COLUMNS``; null is not said.

        A row is made of a million, hence what many share is worked out once: all that follows from
        a surname, from a given name, from a part of an address.
        """
        birth, number, phone, mother = variant.birth, variant.number, variant.phone, variant.mother
        address = (
            variant.area,
            variant.town,
            variant.place,
            variant.road,
            variant.door,
            variant.postcode,
        )
        return [
            *self._name("family", variant.family, is_newborn=variant.is_newborn),
            *self._name("given", variant.given, is_newborn=variant.is_newborn),
            self.disguised(birth) if birth else None,
            self._sexes[variant.sex],
            self._hash(number) if number else None,
            self._hash(phone) if phone else None,
            *[
                make(part) if part else None
                for make, part in zip(self._parts, address, strict=True)
            ],
            self._hash(mother) if mother else None,
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
            return [self._hash(variant.number) if variant.number else None, *known]
        found = blocking_keys(variant)
        return [self._hash(f"{b}|{found[b]}") if b in found else None for b in BLOCKS]

    def token(self, text: str) -> int:
        """A number that is equal for equal texts; remembered, for texts that many share."""
        known = self._hashes.get(text)
        if known is None:
            known = self._hashes[text] = self._hash(text)
        return known

    def disguised(self, text: str) -> str:
        """A text with other characters, the same one for the same one."""
        known = self._texts.get(text)
        if known is None:
            known = self._texts[text] = text.translate(self._characters)
        return known

    def _name(self, column: str, name: str, *, is_newborn: bool) -> tuple[Shown, ...]:
        """A name, its sound, its shape and its letters."""
        key = (column, name, is_newborn)
        known = self._names.get(key)
        if known is None:
            one = Variant(is_newborn=is_newborn)
            plain = columns(
                replace(one, family=name) if column == "family" else replace(one, given=name)
            )
            said, sound, shape, letters = (
                plain[f"{column}{part}"] for part in ("", "_sound", "_shape", "_letters")
            )
            known = self._names[key] = (
                self.disguised(said) if said else None,
                self.token(sound) if sound else None,
                self.token(shape) if shape else None,
                self.disguised(letters) if letters else None,
            )
        return known

    def _token_of_sex(self, sex: Sex) -> int | None:
        said = columns(Variant(sex=sex))["sex"]
        return self.token(said) if said else None

    def _hash(self, text: str) -> int:
        digest = blake2b(text.encode(), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, signed=True)


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
    planes = (random.sample(plane, len(plane)) for plane in (_COMMON_HAN, _RARE_HAN))
    return map(chr, chain.from_iterable(planes))
