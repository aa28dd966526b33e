"""What a found file shows of the bits, and whom that accuses, with the chance of being wrong.

Against one innocent, each bit read is a fair coin: their word was drawn without regard to the file
and whoever made it never saw it. So the number of agreements has a known distribution whatever was
done to the file, and the threshold is read off it exactly. All weights are whole numbers.

Source: B. Škorić, S. Katzenbeisser, M. Celik, Symmetric Tardos fingerprinting codes (2008): a bit that
disagrees counts as much as one that agrees; T. Furon, M. Desoubeaux, Tardos codes for real (2014):
the bound for the file that was found instead of one for every file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from openhealthcode.trust.marks.code import MARKS, MarkCode

FALSE_ACCUSATION: Final = Fraction(1, 1_000_000)
"""The chance at most that a file accuses anybody innocent, all recipients taken together."""
HEAVIEST: Final = 4
_SLOT_BITS: Final = 520
_ALIVE_FROM: Final = 32
_MOST_ALIKE: Final = 0.9
_MOST_KINDS: Final = 1_000


@dataclass(slots=True)
class _Kind:
    """What one kind of place showed: by bit, ones less zeros and how many; by way, how many."""

    balance: Counter[int] = field(default_factory=Counter)
    count: Counter[int] = field(default_factory=Counter)
    ways: list[int] = field(default_factory=lambda: [0, 0])

    @property
    def is_rewritten(self) -> bool:
        """Whether nearly all are written alike: then whoever wrote the file anew chose, not we."""
        both = sum(self.ways)
        return both >= _ALIVE_FROM and max(self.ways) > _MOST_ALIKE * both


class Votes:
    """What the places of a file show, collected one by one."""

    def __init__(self, code: MarkCode) -> None:
        self._code = code
        self._kinds: dict[str, _Kind] = {}

    def cast(self, kind: str, place: bytes, variant: int) -> None:
        """One place shows one of its two ways of writing."""
        position, zero = self._code.place(place)
        self._count(kind, variant, position, variant ^ zero)

    def cast_bit(self, kind: str, position: int, bit: int) -> None:
        """Something shows one bit by being there, not by how it is written."""
        self._count(kind, bit, position, bit)

    def _count(self, kind: str, way: int, position: int, bit: int) -> None:
        seen = self._kinds.get(kind)
        if seen is None:
            if len(self._kinds) >= _MOST_KINDS:
                return  # nothing we write has so many
            seen = self._kinds[kind] = _Kind()
        seen.ways[way] += 1
        seen.count[position] += 1
        seen.balance[position] += 1 if bit else -1

    def reading(self) -> Reading:
        """The bits that can be read, each with a weight: the more its places agree, the heavier."""
        alive = [kind for kind in self._kinds.values() if not kind.is_rewritten]
        ones, weights = 0, [0] * MARKS
        for position in range(MARKS):
            balance = sum(kind.balance[position] for kind in alive)
            count = sum(kind.count[position] for kind in alive)
            if balance > 0:
                ones |= 1 << position
            if count:
                weights[position] = -(-HEAVIEST * abs(balance) // count)
        return Reading(ones, tuple(weights), sum(sum(kind.ways) for kind in alive))


@dataclass(frozen=True, slots=True)
class Reading:
    """The bits of a file as far as it shows them.

    Args:
        ones: the bits that read one.
        weights: of each bit, 0 for what cannot be read, up to 4.
        places: how many places were read for it.
    """

    ones: int
    weights: tuple[int, ...]
    places: int

    @property
    def marks(self) -> int:
        """How many of the 512 bits can be read."""
        return sum(weight > 0 for weight in self.weights)


@dataclass(frozen=True, slots=True)
class Accused:
    """A file handed over from which the found one comes, wholly or in part.

    Args:
        mark_id: the name of the file that was handed over.
        agreements: weighted; of ``possible``.
        chance: that a file nobody of the recipients made agrees so well with any of theirs.
    """

    mark_id: bytes
    agreements: int
    possible: int
    chance: float


def accuse(reading: Reading, words: Mapping[bytes, int], attempts: int = 1) -> list[Accused]:
    """The files handed over that agree with a found one better than chance allows, best first.

    Args:
        words: of every file that was handed over, by its name.
        attempts: how many readings of the same find are held against them.
    """
    chances = tails(reading.weights)
    tried = max(1, len(words)) * attempts
    bound = FALSE_ACCUSATION / tried
    threshold = next((score for score, tail in enumerate(chances) if tail <= bound), None)
    if threshold is None:
        return []
    scores = agreements(reading, words)
    return [
        Accused(mark_id, score, len(chances) - 1, float(chances[score] * tried))
        for mark_id, score in sorted(scores.items(), key=lambda one: (-one[1], one[0]))
        if score >= threshold
    ]


def agreements(reading: Reading, words: Mapping[bytes, int]) -> dict[bytes, int]:
    """The weighted agreements of each word."""
    ones = reading.ones
    layers = [
        sum(1 << place for place, weight in enumerate(reading.weights) if weight >= level)
        for level in range(1, HEAVIEST + 1)
    ]
    return {
        mark_id: sum((layer & ~(word ^ ones)).bit_count() for layer in layers)
        for mark_id, word in words.items()
    }


def tails(weights: Iterable[int]) -> list[Fraction]:
    """The chance that a fair coin for each bit agrees at least so well, by weighted agreements.

    The numbers of ways are the coefficients of a product of polynomials, kept side by side in one
    long integer: exact, and two multiplications for each weight.
    """
    many = Counter(weight for weight in weights if weight)
    product = 1
    for weight, times in many.items():
        product *= (1 + (1 << _SLOT_BITS * weight)) ** times
    most, coins = sum(weight * times for weight, times in many.items()), sum(many.values())
    size = _SLOT_BITS // 8
    packed = product.to_bytes((most + 1) * size, "little")
    chances = [Fraction(0)] * (most + 1)
    ways = 0
    for score in range(most, -1, -1):
        ways += int.from_bytes(packed[score * size : (score + 1) * size], "little")
        chances[score] = Fraction(ways, 1 << coins)
    return chances
