"""Chinese names as a region of this age and make-up bears them.

The shares are rounded from published counts and the lists written for this project. A given name
follows the year of birth: 建国 belongs to the 1950s, 梓涵 to the 2010s.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

from openhealthcode.demonstration.region.tables import table
from openhealthcode.standards import Sex

_GENERATION_BEGINS: Final = (1950, 1970, 1990, 2005)
_SHARE_OF_SINGLE: Final = ((1950, 0.10), (1970, 0.24), (1990, 0.36), (2005, 0.26))
"""Until which year of birth which share of given names is one character long; later 9 %."""
_SHARE_OF_POPULAR: Final = 0.3
_DOTTED: Final = {
    Sex.MALE: ["艾山", "买买提", "吐尔逊", "阿卜杜拉", "艾力", "玉素甫", "库尔班", "亚森"],
    Sex.FEMALE: ["阿依古丽", "古丽娜尔", "帕提古丽", "热依汗", "阿依努尔", "米热古丽"],
}


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its parts; a dotted name has its father's after the dot and no surname."""

    surname: str
    given: str

    @property
    def text(self) -> str:
        """The name as written: surname first, no space; ``给·父`` for dotted names."""
        return f"{self.given}·{self.surname}" if self.is_dotted else self.surname + self.given

    @property
    def is_dotted(self) -> bool:
        """Whether this is a name of two parts with U+00B7 between them."""
        return len(self.surname) > 1 and self.surname in _DOTTED[Sex.MALE]

    @property
    def romanised(self) -> str:
        """The name in pinyin without tones, as on an English door plate: ``Wang Min``."""
        surname = _toneless(_SURNAME_SOUND[self.surname])
        given = _toneless("".join(_SOUND[character] for character in self.given))
        return f"{surname.capitalize()} {given.capitalize()}"


_SURNAMES: Final = list(table("surnames"))
_SURNAME_SOUND: Final = {row["surname"]: row["pinyin"] for row in _SURNAMES}
_SURNAME_LIST: Final = list(_SURNAME_SOUND)
_SURNAME_WEIGHTS: Final = list(accumulate(float(row["percent"]) for row in _SURNAMES))
_CHARACTERS: Final = list(table("given_characters"))
_SOUND: Final = {row["character"]: row["pinyin"] for row in _CHARACTERS}
_POPULAR: Final = [
    (row["name"], Sex(row["sex"]), int(row["from_year"]), int(row["to_year"]), row["per_mille"])
    for row in table("given_names")
]


def _pools(place: str) -> dict[tuple[Sex, int], list[str]]:
    """The characters of each sex and generation that stand first (1) or last (2) in a name."""
    pools: dict[tuple[Sex, int], list[str]] = defaultdict(list)
    for row in _CHARACTERS:
        for sex in (Sex.MALE, Sex.FEMALE):
            for generation in row[sex.value] if place in row["place"] else "":
                pools[sex, int(generation)].append(row["character"])
    return dict(pools)


_FIRST: Final = _pools("1")
_LAST: Final = _pools("2")
_POPULAR_OF: Final[dict[tuple[Sex, int], tuple[list[str], list[float]]]] = {}


def draw_surname(rng: Random) -> str:
    """A surname with its share in the population (王, 李, 张 lead)."""
    return rng.choices(_SURNAME_LIST, cum_weights=_SURNAME_WEIGHTS)[0]


def draw_given(rng: Random, sex: Sex, birth_year: int, generation_character: str = "") -> str:
    """A given name of its time; a generation character, if any, is what siblings share."""
    if generation_character:
        return generation_character + _other(rng, sex, birth_year, generation_character)
    popular, weights = _popular(sex, birth_year)
    if popular and rng.random() < _SHARE_OF_POPULAR:
        return rng.choices(popular, cum_weights=weights)[0]
    if rng.random() < _share_of_single(birth_year):
        return rng.choice(_LAST[sex, _generation(birth_year)])
    first = rng.choice(_FIRST[sex, _generation(birth_year)])
    return first + _other(rng, sex, birth_year, first)


def draw_dotted(rng: Random, sex: Sex, father: str = "") -> Name:
    """A dotted name; the part after the dot is the father's given name."""
    return Name(father or rng.choice(_DOTTED[Sex.MALE]), rng.choice(_DOTTED[sex]))


def generation_character(rng: Random, sex: Sex, birth_year: int) -> str:
    """A first character for siblings to share."""
    return rng.choice(_FIRST[sex, _generation(birth_year)])


def _other(rng: Random, sex: Sex, birth_year: int, first: str) -> str:
    pool = _LAST[sex, _generation(birth_year)]
    while (second := rng.choice(pool)) == first:
        pass
    return second


def _popular(sex: Sex, birth_year: int) -> tuple[list[str], list[float]]:
    if (sex, birth_year) not in _POPULAR_OF:
        found = [
            (name, float(share))
            for name, of, first, last, share in _POPULAR
            if of is sex and first <= birth_year <= last
        ]
        shares = list(accumulate(share for _, share in found))
        _POPULAR_OF[sex, birth_year] = ([name for name, _ in found], shares)
    return _POPULAR_OF[sex, birth_year]


def _generation(birth_year: int) -> int:
    return 1 + sum(birth_year >= begins for begins in _GENERATION_BEGINS)


def _share_of_single(birth_year: int) -> float:
    return next((share for until, share in _SHARE_OF_SINGLE if birth_year < until), 0.09)


def _toneless(pinyin: str) -> str:
    return pinyin.translate(_TONES)


_TONES: Final = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ", "aaaaeeeeiiiioooouuuuuuuu")
