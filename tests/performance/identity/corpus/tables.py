"""The tables the corpus is made from, each read once."""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from pypinyin import Style, pinyin

from openhealthcode.demonstration.region.tables import table

_FOLDER = Path(__file__).parent
_ZIPF = 0.45
"""How steeply the characters of a generation's names fall off in frequency."""


@cache
def names() -> dict[str, Any]:
    return tomllib.loads((_FOLDER / "names.toml").read_text(encoding="utf-8"))


@cache
def surnames() -> tuple[list[str], list[float]]:
    """The surnames of the synthetic region with their cumulated shares."""
    rows = list(table("surnames"))
    return [row["surname"] for row in rows], list(accumulate(float(row["percent"]) for row in rows))


@cache
def popular(sex: str, birth_year: int) -> tuple[list[str], list[float]]:
    """The given names many children of a year were given."""
    rows = [
        row
        for row in table("given_names")
        if row["sex"] == sex and int(row["from_year"]) <= birth_year <= int(row["to_year"])
    ]
    return [row["name"] for row in rows], list(accumulate(float(row["per_mille"]) for row in rows))


@cache
def characters(sex: str, birth_year: int) -> tuple[list[str], list[float]]:
    """The characters of a generation's given names with their cumulated shares."""
    generation = next(one for one in names()["generation"] if birth_year < one["until"])
    found = list(dict.fromkeys(generation[sex]))
    return found, list(accumulate((place + 1) ** -_ZIPF for place in range(len(found))))


@cache
def resembling() -> dict[str, str]:
    """Characters that look alike: nearest when drawn in a type face and blurred.

    Correlation of at least 0.82 between 48-pixel drawings in Noto Sans CJK SC (2022-01-27), over
    GB 2312's first level: nobody's table of components, least of all the matcher's.
    """
    return _pairs("resembling", "character", "resembles")


@cache
def traditional() -> dict[str, str]:
    """The traditional form of a name's character, after OpenCC's table of characters."""
    return _pairs("traditional", "simplified", "traditional")


@cache
def sounds(character: str) -> tuple[str, ...]:
    """The toneless readings of a character, the usual one first."""
    return tuple(pinyin(character, style=Style.NORMAL, heteronym=True)[0])


@cache
def homophones() -> dict[str, str]:
    """Characters by sound: those of names twice, since an input method offers them first."""
    known = _characters_of_names()
    first_level = {
        bytes((row, cell)).decode("gb2312")
        for row in range(0xB0, 0xD8)
        for cell in range(0xA1, 0xFF if row < 0xD7 else 0xFA)
    }
    found = defaultdict(list)
    for character in sorted(known | first_level):
        weight = 4 if character in known else 1
        found[sounds(character)[0]] += [character] * weight
    return {sound: "".join(all_of_it) for sound, all_of_it in found.items()}


def _characters_of_names() -> set[str]:
    known = set("".join(surnames()[0]))
    for generation in names()["generation"]:
        known |= set(generation["male"]) | set(generation["female"])
    return known


def _pairs(name: str, key: str, value: str) -> dict[str, str]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return {row[key]: row[value] for row in csv.DictReader(lines)}
