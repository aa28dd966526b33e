"""Where people of the corpus live, in a prefecture that does not exist."""

from __future__ import annotations

from random import Random

from performance.identity.corpus import tables

_SHARE_RURAL = 0.42
_TOWNS, _VILLAGES, _ESTATES = 12, 14, 10


class Places:
    """The divisions with their towns, villages and housing estates."""

    def __init__(self, rng: Random) -> None:
        known = tables.names()["place"]
        self._city: str = known["city"]
        self._divisions: list[list[str]] = known["divisions"]
        self._towns = {}
        for code, _ in self._divisions:
            towns = rng.sample(known["towns"].split(), _TOWNS)
            self._towns[code] = [(town, *_inside(rng, known)) for town in towns]

    def division(self, rng: Random) -> str:
        return rng.choice(self._divisions)[0]

    def home(self, rng: Random, division: str) -> str:
        """A whole address as it is written down."""
        county = next(name for code, name in self._divisions if code == division)
        town, villages, streets, estates = rng.choice(self._towns[division])
        above = f"{self._city}{county}{town}"
        if rng.random() < _SHARE_RURAL:
            village = rng.choice(villages)
            return f"{above}{village}{rng.randint(1, 12)}组{rng.randint(1, 70)}号"
        block, unit, floor = rng.randint(1, 24), rng.randint(1, 4), rng.randint(1, 18)
        return (
            f"{above}{rng.choice(streets)}{rng.randint(1, 220)}号{rng.choice(estates)}"
            f"{block}栋{unit}单元{floor}{rng.randint(1, 4):02d}室"
        )


def _inside(rng: Random, known: dict[str, str]) -> tuple[list[str], list[str], list[str]]:
    villages = {
        rng.choice(known["first"].split()) + rng.choice(known["village"]) for _ in range(_VILLAGES)
    }
    return (
        sorted(villages),
        rng.sample(known["streets"].split(), 6),
        rng.sample(known["estates"].split(), _ESTATES),
    )
