"""What people are called, by sex, generation and family."""

from __future__ import annotations

from random import Random

from performance.identity.corpus import tables

_SHARE_OF_SINGLE = ((1950, 0.10), (1970, 0.24), (1990, 0.42), (2005, 0.30))
"""Until which year of birth which share of given names is one character long; later 12 %."""
_SHARE_OF_POPULAR = 0.08
_SHARE_OF_RARE = 0.005


def surname(rng: Random) -> str:
    found, weights = tables.surnames()
    return rng.choices(found, cum_weights=weights)[0]


def given(rng: Random, sex: str, birth_year: int, shared: str = "") -> str:
    """A given name of its time; siblings may share its first character."""
    if shared:
        return shared + _character(rng, sex, birth_year, shared)
    popular, weights = tables.popular(sex, birth_year)
    if popular and rng.random() < _SHARE_OF_POPULAR:
        return rng.choices(popular, cum_weights=weights)[0]
    last = _character(rng, sex, birth_year)
    if rng.random() < _SHARE_OF_RARE:
        last = rng.choice(tables.names()["rare"]["characters"])
    if rng.random() < _share_of_single(birth_year):
        return last
    return _character(rng, sex, birth_year, last) + last


def shared_character(rng: Random, sex: str, birth_year: int) -> str:
    """A first character for the names of siblings."""
    return _character(rng, sex, birth_year)


def dotted(rng: Random, sex: str, father: str) -> str:
    """A name of two parts: one's own and the father's."""
    return f"{rng.choice(tables.names()['dotted'][sex])}·{father}"


def dotted_father(rng: Random) -> str:
    return rng.choice(tables.names()["dotted"]["male"])


def foreign(rng: Random, sex: str) -> str:
    """The name in a passport: surname first, in capitals."""
    known = tables.names()["foreign"]
    return f"{rng.choice(known['family'])} {rng.choice(known[sex])}"


def in_traditional(name: str) -> str:
    known = tables.traditional()
    return "".join(known.get(character, character) for character in name)


def _character(rng: Random, sex: str, birth_year: int, other_than: str = "") -> str:
    found, weights = tables.characters(sex, birth_year)
    while (drawn := rng.choices(found, cum_weights=weights)[0]) == other_than:
        pass
    return drawn


def _share_of_single(birth_year: int) -> float:
    return next((share for until, share in _SHARE_OF_SINGLE if birth_year < until), 0.12)
