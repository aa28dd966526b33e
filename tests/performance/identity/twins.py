"""The absent twin: one of a pair is registered, the other comes for the first time.

Everything of theirs is alike: day and place of birth, telephone, address, surname, often a
character or the sound of the given name, and the number but for the last digits. Half come without a
number. Linked to the co-twin they would be shown each other's record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from openhealthcode.identity.matching import Doubt, Link, Model
from performance.identity.corpus.people import Person
from performance.identity.corpus.population import Population
from performance.identity.corpus.profiles import Profile
from performance.identity.corpus.records import Record, registered_once
from performance.identity.engine import MasterIndex, variants_of

_AT_ONCE = 10_000
"""Pairs of one index; further ones are other regions."""


@dataclass(slots=True)
class Twins:
    """What became of the absent ones."""

    absent: int = 0
    wrongly_linked: int = 0
    reviewed: int = 0


def absent_twins(profile: Profile, model: Model, *, pairs: int, seed: int) -> Twins:
    """Register one of each pair, and let the other come."""
    rng = Random(f"twins {profile.name} {seed}")
    often_without = replace(profile, number_missing=0.5)
    found = Twins()
    births = _pairs(Population(rng, twin_births=1.0))
    while found.absent < pairs:
        both = [next(births) for _ in range(min(_AT_ONCE, pairs - found.absent))]
        here = [registered_once(rng, profile, one) for one, _ in both]
        absent = [registered_once(rng, often_without, other) for _, other in both]
        _let_come(found, here, absent, model)
    return found


def _pairs(population: Population) -> Iterator[tuple[Person, Person]]:
    for members in population.households(10**9):
        for person in members:
            twin = person.twin
            if twin is not None and twin.household == person.household and person.key < twin.key:
                yield person, twin


def _let_come(found: Twins, here: list[Record], absent: list[Record], model: Model) -> None:
    records = [*here, *absent]
    index = MasterIndex(records, variants_of(records), model)
    for place in range(len(here)):
        index.arrive(place)
    for place in range(len(here), len(records)):
        decision = index.decision(place)
        found.absent += 1
        found.wrongly_linked += isinstance(decision, Link)
        found.reviewed += isinstance(decision, Doubt)
