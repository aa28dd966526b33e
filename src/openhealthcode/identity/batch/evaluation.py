"""How good a model is, on residents it was not estimated on: without their numbers, which tell the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from openhealthcode.identity.batch import linker
from openhealthcode.identity.batch.model_file import ModelFile
from openhealthcode.identity.batch.table import RegistrationTable
from openhealthcode.identity.matching import Field

_FROM_BITS: Final = -20
_TO_BITS: Final = 30


@dataclass(frozen=True, slots=True)
class AtThreshold:
    """What linking everything from so many bits would do.

    Args:
        right: pairs of one person that reach them.
        wrong: pairs of two people that reach them, as many as the whole register would have.
        possible: pairs of one person that there are.
    """

    bits: int
    right: float
    wrong: float
    possible: float

    @property
    def precision(self) -> float:
        """Right ones among those that reach the threshold."""
        found = self.right + self.wrong
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """Those that reach it among all that there are."""
        return self.right / self.possible if self.possible else 1.0

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def evaluate(
    table: RegistrationTable, held_out: str, file: ModelFile, share: float
) -> list[AtThreshold]:
    """Score the held-out half with the number put aside, and judge each threshold by the number.

    Args:
        table: a random share of the residents.
        held_out: the name of its half that nothing was estimated on.
        file: the model to judge.
        share: of the register's residents that are in the held-out half.
    """
    splink = linker.linker_of(
        table, file, held_out, without=frozenset({Field.NUMBER}), joins_one_person=True
    )
    found = linker.predicted(splink, _FROM_BITS)
    judged = [
        (bits, is_match) for bits, is_match in table.ask("judged", predicted=found, table=held_out)
    ]
    return thresholds(judged, table.one("possible_matches", table=held_out), share)


def thresholds(
    judged: Iterable[tuple[float, bool]], possible: float, share: float
) -> list[AtThreshold]:
    """What each whole number of bits as a threshold would do.

    Pairs of two people grow with the square of the people, pairs of one person do not: of a share
    of the residents, both are scaled to the whole.
    """
    right, wrong = [0] * (_TO_BITS - _FROM_BITS + 1), [0] * (_TO_BITS - _FROM_BITS + 1)
    for bits, is_match in judged:
        place = max(min(int(bits // 1) - _FROM_BITS, len(right) - 1), 0)
        (right if is_match else wrong)[place] += 1
    return [
        AtThreshold(
            _FROM_BITS + place,
            sum(right[place:]) / share,
            sum(wrong[place:]) / share**2,
            possible / share,
        )
        for place in range(len(right))
    ]


def best(found: Sequence[AtThreshold]) -> AtThreshold:
    """The threshold with the best F1; of equals the highest."""
    return max(found, key=lambda one: (one.f1, one.bits))
