"""Estimate a model from a corpus, and write it in the form the product loads.

Nobody labels pairs by hand in a region either: pairs that share a valid ID number are the matches m
is counted on (with the number put aside), random pairs of residents are the others. How often two
strangers share a telephone or an address is counted, not sampled. What no pair of 200,000 shows
keeps a floor, so that no level is worth more than the corpus can know.

``PYTHONPATH=tests:tests/performance .venv/bin/python -m identity.training --seed 1 --output FILE``
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, islice
from pathlib import Path
from random import Random
from typing import Any

from openhealthcode.identity.matching import conditions
from openhealthcode.identity.matching.compare import ONLINE, compare
from openhealthcode.identity.matching.model import Field, Level, Variant
from performance.identity.corpus.__main__ import checksum
from performance.identity.corpus.profiles import PROFILES
from performance.identity.corpus.records import corpus
from performance.identity.engine import variants_beside_numbers

RESIDENTS = 1_000_000
"""The size of the region the prior is for; tenfold costs 3.3 bits."""
_RANDOM_PAIRS = 1_000_000
_FLOOR_M = 2e-4
_FLOOR_U = 1e-7
_U_OF_NUMBER = 1e-9
_M_OF_NUMBER = 0.9999
"""Both by hand: on pairs chosen by the number it says nothing. Two different valid
numbers are the strongest evidence against one person that there is."""
_COMMONEST = 5_000
"""So many names are kept with their frequency; rarer ones count as the least of these."""

_OF_MOTHER = (
    {Level.EQUAL: 0.99, Level.DIFFERENT: 0.01},
    {Level.EQUAL: 0.004, Level.DIFFERENT: 0.996},
)
"""By hand: one mother says sibling or self, much of which telephone and address say already."""

_UNSEEN = {
    Level.EXCHANGED: (0.001, 2e-5),  # in both fields at once
    Level.TYPING_ERROR: (0.002, 2e-4),
    Level.SIMILAR: (0.001, 5e-4),
    Level.PLACEHOLDER: (0.002, 3e-4),
    Level.LOOK_ALIKE: (0.002, 2e-5),
}
"""By hand: of names, what few pairs of Chinese ones show; a level left out would count as another name."""

Parameters = dict[Field, dict[Level, tuple[float, float]]]
Rows = Sequence[tuple[str, Variant]]
"""Each record's valid ID number, and its comparison row without."""


def parameters(corpora: Sequence[Rows], rng: Random) -> Parameters:
    """m and u of every level of every field that the online engine compares.

    Pairs are taken within each corpus: two corpora have numbers and telephones in common.
    """
    matches = _shares(_levels(pair for one in corpora for pair in _matches(one)))
    others = _shares(_levels(pair for one in corpora for pair in _strangers(one, rng)))
    others[Field.BIRTH][Level.EQUAL] = _equal_birth(corpora)
    others[Field.CONTACT] |= _shared_contacts(corpora)
    matches[Field.MOTHER], others[Field.MOTHER] = _OF_MOTHER
    found: Parameters = {
        Field.NUMBER: {
            Level.EQUAL: (_M_OF_NUMBER, _U_OF_NUMBER),
            Level.DIFFERENT: (1 - _M_OF_NUMBER, 1.0),
        }
    }
    for field in (field for field in ONLINE if field is not Field.NUMBER):
        levels = [level for level in Level if level in matches[field] or level in others[field]]
        found[field] = {
            level: (
                max(matches[field].get(level, 0.0), _FLOOR_M),
                max(others[field].get(level, 0.0), _FLOOR_U),
            )
            for level in levels
        }
        if field in (Field.FAMILY, Field.GIVEN):
            found[field] |= {
                level: by_hand
                for level, by_hand in _UNSEEN.items()
                if matches[field].get(level, 0.0) < _FLOOR_M
            }
    return found


def frequencies(corpora: Sequence[Rows]) -> dict[str, dict[str, float]]:
    """How common the commonest names and the first days of years are.

    Each ID number counts once. A registration says 1 January where nobody knew the day: that two
    have it in common says little.
    """
    counted = _counted(corpora)
    return {
        column: {value: _rounded(count / counted[column].total()) for value, count in common}
        for column, common in (
            ("family", counted["family"].most_common(_COMMONEST)),
            ("given", counted["given"].most_common(_COMMONEST)),
            ("birth", [each for each in counted["birth"].items() if each[0].endswith("-01-01")]),
        )
    }


def frequency_of_the_rest(corpora: Sequence[Rows], column: str) -> float:
    """The chance that a stranger has the same, of a value too rare to be listed."""
    counted = _counted(corpora)[column]
    listed = {value for value, _ in counted.most_common(_COMMONEST)}
    rest = [count for value, count in counted.items() if value not in listed]
    same = sum(count * (count - 1) for count in rest)
    return _rounded(max(same, 1) / max(sum(rest), 1) / counted.total())


def _counted(corpora: Sequence[Rows]) -> dict[str, Counter[str]]:
    people = [variant for rows in corpora for variant in dict(rows).values()]
    return {
        column: Counter(filter(None, (getattr(variant, column) for variant in people)))
        for column in ("family", "given", "birth")
    }


def _equal_birth(corpora: Sequence[Rows]) -> float:
    """The chance that two strangers were born on one day: counted, without the days nobody knew."""
    shares = []
    for rows in corpora:
        days = Counter(v.birth for v in dict(rows).values() if not v.birth.endswith("-01-01"))
        del days[""]
        shares.append(sum(n * (n - 1) for n in days.values()) / days.total() / (days.total() - 1))
    return sum(shares) / len(shares)


def _rounded(share: float) -> float:
    return float(f"{share:.3g}")


def _matches(rows: Rows) -> Iterator[tuple[Variant, Variant]]:
    """Pairs that share a valid number."""
    holders: dict[str, list[Variant]] = defaultdict(list)
    for number, variant in rows:
        if number and not variant.is_newborn:
            holders[number].append(variant)
    for same in holders.values():
        yield from islice(combinations(same, 2), 10)


def _strangers(rows: Rows, rng: Random) -> Iterator[tuple[Variant, Variant]]:
    known = [row for row in rows if row[0]]
    for _ in range(_RANDOM_PAIRS // 2):
        one, other = rng.choice(known), rng.choice(known)
        if one[0] != other[0]:
            yield one[1], other[1]


def _shared_contacts(corpora: Sequence[Rows]) -> dict[Level, float]:
    """How often two strangers share telephone or address, in a region of the usual size.

    Both grow with households, not with the region: of twice as many people half as large a share.
    """
    pairs: dict[Level, float] = defaultdict(float)
    for rows in corpora:
        known = [row for row in rows if row[0]]
        scale = len(dict(known)) / RESIDENTS / (len(known) * (len(known) - 1) / 2) / len(corpora)
        for level, value in _CONTACTS.items():
            shared = _sharing_strangers([(value(variant), number) for number, variant in known])
            pairs[level] += shared * scale
    return dict(pairs)


def _house(variant: Variant) -> tuple[str, ...]:
    is_whole = variant.door and (variant.place or variant.road)
    return (variant.town, variant.place, variant.road, variant.door) if is_whole else ()


_CONTACTS: Mapping[Level, Callable[[Variant], tuple[str, ...]]] = {
    Level.SAME_PHONE: lambda variant: (variant.phone,),
    Level.SAME_ADDRESS: _house,
    Level.PHONE_AND_ADDRESS: lambda variant: (
        (variant.phone, *_house(variant)) if variant.phone and _house(variant) else ()
    ),
}


def _sharing_strangers(known: Iterable[tuple[tuple[str, ...], str]]) -> int:
    """Pairs of one value and different ID numbers."""
    said = [(value, number) for value, number in known if any(value)]
    sharing = _pairs(Counter(value for value, _ in said))
    return sharing - _pairs(Counter(said))


def _pairs(counted: Counter[Any]) -> int:
    return sum(count * (count - 1) // 2 for count in counted.values())


def _levels(pairs: Iterable[tuple[Variant, Variant]]) -> dict[Field, Counter[Level]]:
    counted: dict[Field, Counter[Level]] = {field: Counter() for field in ONLINE}
    for one, other in pairs:
        for field, level in compare(one, other).items():
            counted[field][level] += 1
    return counted


def _shares(counted: Mapping[Field, Counter[Level]]) -> dict[Field, dict[Level, float]]:
    shares = {}
    for field, levels in counted.items():
        said = levels.total() - levels[Level.NOT_SAID]
        shares[field] = {
            level: count / said for level, count in levels.items() if level is not Level.NOT_SAID
        }
    return shares


def model_file(
    corpora: Sequence[Rows], rng: Random, *, version: str, provenance: Mapping[str, object]
) -> bytes:
    """A model file as Splink writes them, with what the product adds."""
    settings = conditions.settings(parameters(corpora, rng), prior=1 / RESIDENTS)
    for comparison in settings["comparisons"]:
        for level in comparison["comparison_levels"]:
            for name in level.keys() & {"m_probability", "u_probability"}:
                level[name] = float(f"{level[name]:.4g}")
            if column := level.get("tf_adjustment_column"):
                level["tf_minimum_u_value"] = frequency_of_the_rest(corpora, column)
            if comparison["output_column_name"] == Field.BIRTH and _is_equality(level):
                level |= {"tf_adjustment_column": "birth", "tf_adjustment_weight": 1.0}
    settings["openhealthcode"] = {
        "version": version,
        "provenance": dict(provenance),
        "term_frequencies": frequencies(corpora),
    }
    return json.dumps(settings, ensure_ascii=False, indent=1).encode() + b"\n"


def _is_equality(level: Mapping[str, Any]) -> bool:
    return bool(level["label_for_charts"] == Level.EQUAL)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--records", type=int, default=160_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=Path, required=True)
    asked = parser.parse_args()
    corpora = {
        name: corpus(profile, records=asked.records // 2, seed=asked.seed)
        for name, profile in PROFILES.items()
    }
    rows = [variants_beside_numbers(records) for records in corpora.values()]
    provenance = {
        "trained_on": "synthetic corpus of this project, half modern, half legacy",
        "trained_by": "tests/performance/identity/training.py",
        "residents": RESIDENTS,
        "seed": asked.seed,
        "records": sum(map(len, rows)),
        "checksums": {name: checksum(records) for name, records in corpora.items()},
    }
    written = model_file(rows, Random(asked.seed), version=asked.version, provenance=provenance)
    asked.output.write_bytes(written)


if __name__ == "__main__":
    main()
