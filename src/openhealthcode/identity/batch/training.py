"""Estimate a model from what the region knows: who was registered several times under one number.

Pairs of registrations of one resident are matches, random pairs of different residents are not; the
number itself is put aside, because it chose the pairs. How often strangers share a telephone or a
house is counted, not sampled: both are too rare for any sample, and what they say is one thing,
"the same household". No pair is chosen by telephone or address, which would teach the same. Counted
too: how often strangers were born on one day, without the first days of years, which stand for days
nobody knew; and how rare a name is that is too rare to be listed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from openhealthcode.identity.batch import linker
from openhealthcode.identity.batch.linker import SETTLED, Shares
from openhealthcode.identity.batch.model_file import LEAST_HOLDERS, NEW_YEAR, ModelFile, Parameters
from openhealthcode.identity.batch.table import QUERIES, RegistrationTable
from openhealthcode.identity.matching import Field, Level
from openhealthcode.standards import HealthCodeError

LEARNING: Final = 0
HELD_OUT: Final = 1
"""Which half of the residents a model is estimated on, and which it is judged on."""

RANDOM_PAIRS: Final = 2_000_000
LEAST_SEEN: Final = 20
"""A level seen on fewer pairs keeps what the model before said of it."""
LEAST_MATCHES: Final = 500
"""Of fewer pairs of one person nothing is learnt."""
_BIRTH: Final = "birth"
_HOUSE: Final = "row(town, place, road, door)"
_HAS_HOUSE: Final = "door IS NOT NULL AND (place IS NOT NULL OR road IS NOT NULL)"
_SHARED: Final[Mapping[Level, tuple[str, str]]] = {
    Level.SAME_PHONE: ("phone", "phone IS NOT NULL"),
    Level.SAME_ADDRESS: (_HOUSE, _HAS_HOUSE),
    Level.PHONE_AND_ADDRESS: (f"row(phone, {_HOUSE})", f"phone IS NOT NULL AND {_HAS_HOUSE}"),
}


class TooLittleToLearn(HealthCodeError):
    """Too few residents were registered twice under one number: keep the model there is."""

    code = "linkage-too-little"


@dataclass(frozen=True, slots=True)
class Trained:
    """What was estimated, and on how much.

    Args:
        kept: how many levels keep what the model before said.
        rest: by column, how frequent a value is that is too rare to be listed.
    """

    parameters: Parameters
    matches: int
    strangers: int
    kept: int
    rest: Mapping[str, float] = dataclasses.field(default_factory=dict)


def prepare(table: RegistrationTable, half: int) -> str:
    """The name of a table of one half of the numbered residents, without their numbers."""
    name = ("learning", "held_out")[half]
    statement = QUERIES["without_number"].format(table=name, others=table.columns_but("number"))
    table.connection.execute(statement, [half])
    return name


def train(
    table: RegistrationTable, base: ModelFile, *, random_pairs: int = RANDOM_PAIRS
) -> Trained:
    """Estimate every level of every field but the number's and the mother's.

    Args:
        table: registrations as received, whatever was received alike counted as often.
        base: the model before, which gives the levels and what is too rare to estimate.
        random_pairs: so many are drawn to learn of strangers.

    Raises:
        TooLittleToLearn: fewer than 500 pairs of one person.
    """
    name = prepare(table, LEARNING)
    matches = _label(table, name)
    if matches < LEAST_MATCHES:
        raise TooLittleToLearn
    splink = linker.linker_of(table, base, name, without=SETTLED)
    of_strangers = linker.shares_of_strangers(splink, random_pairs)
    of_matches = linker.shares_of_matches(splink, "labels")
    pairs = table.one("pairs_of_strangers", table=name)
    shared = _shared_by_strangers(table, name, pairs, len(table.residents))
    counted = {(Field.CONTACT, level): share for level, share in shared.items()}
    if _BIRTH in base.adjusted:
        counted[Field.BIRTH, Level.EQUAL] = _born_on_one_day(table, name)
    same = table.one("possible_matches", table=name)
    strangers = _without_matches(of_strangers, of_matches, same / max(same + pairs, 1.0))
    drawn = min(random_pairs, int(pairs))
    found = _combined(base.parameters, of_matches, strangers, counted, matches, drawn)
    return replace(found, rest=_rest(table, base))


def _born_on_one_day(table: RegistrationTable, name: str) -> float:
    """The chance that two strangers were born on one day, of days that somebody knew."""
    known = f"birth IS NOT NULL AND NOT ends_with(birth, '{table.stand_in(NEW_YEAR)}')"
    pairs = table.one("pairs_of_strangers", table=f"(FROM {name} WHERE {known})")
    sharing = table.one("strangers_who_share", table=name, value="birth", said=known)
    return sharing / max(pairs, 1.0)


def _rest(table: RegistrationTable, base: ModelFile) -> dict[str, float]:
    """How frequent the names are that no model file lists; of days there are only listed ones."""
    return {
        column: table.one("frequency_of_the_rest", column=column, least=str(LEAST_HOLDERS))
        for column in base.adjusted
        if column != _BIRTH
    }


def _without_matches(drawn: Shares, of_matches: Shares, same: float) -> Shares:
    """The shares of strangers, when of the random pairs so many were one person's."""
    return {
        field: {
            level: max((share - same * of_matches.get(field, {}).get(level, 0.0)) / (1 - same), 0.0)
            for level, share in levels.items()
        }
        for field, levels in drawn.items()
    }


def _label(table: RegistrationTable, name: str) -> int:
    table.connection.execute(QUERIES["labels"].format(table=name, labels="labels"))
    return int(table.one("count", table="labels"))


def _shared_by_strangers(
    table: RegistrationTable, name: str, pairs: float, residents: int
) -> dict[Level, float]:
    """How often two strangers share telephone or house; of twice as many people, half as often."""
    held = table.one("residents", table=name)
    return {
        level: table.one("strangers_who_share", table=name, value=value, said=said)
        / max(pairs, 1.0)
        * (held / max(residents, 1))
        for level, (value, said) in _SHARED.items()
    }


def _combined(
    base: Parameters,
    of_matches: Shares,
    of_strangers: Shares,
    counted: Mapping[tuple[Field, Level], float],
    matches: int,
    strangers: int,
) -> Trained:
    parameters: Parameters = {}
    kept = 0
    for field, levels in base.items():
        parameters[field] = {}
        for level, before in levels.items():
            m = _seen(of_matches, field, level, matches)
            u = _seen(of_strangers, field, level, strangers)
            if (field, level) in counted:
                u = counted[field, level] or None
            kept += m is None or u is None
            parameters[field][level] = (
                before[0] if m is None else m,
                before[1] if u is None else u,
            )
    return Trained(parameters, matches, strangers, kept)


def _seen(shares: Shares, field: Field, level: Level, pairs: int) -> float | None:
    """The share of a level, if enough pairs showed it."""
    share = shares.get(field, {}).get(level, 0.0)
    return share if share * pairs >= LEAST_SEEN else None
