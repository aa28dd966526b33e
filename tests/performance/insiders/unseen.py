"""Kinds of misdeeds that are never generated while anything is tuned.

``forged`` leaves proofs behind like honest work. It is told apart from the others: what it shows is
how far a warning system believes what its evidence says.
"""

from __future__ import annotations

from collections.abc import Iterator

from insiders.duty import DAY, Glance
from insiders.misdeeds import Culprits


def ring(culprits: Culprits) -> Iterator[Glance]:
    """A broker pays four to six people of different houses, each for a few records a day."""
    rng = culprits.random
    days = rng.randint(5, 9)
    begin = culprits.day(days)
    for staff in [culprits.anybody() for _ in range(rng.randint(4, 6))]:
        for day in range(begin, begin + days):
            for _ in range(rng.choice((2, 3, 4))):
                yield culprits.look(staff, culprits.anyone(), culprits.moment(day))


def canvassing(culprits: Culprits) -> Iterator[Glance]:
    """Families with infants are looked for, for somebody who sells milk powder."""
    rng = culprits.random
    staff = culprits.anybody("nurse", "clerk", "outreach", "dispenser")
    infants = [one.number for one in culprits.world.residents if one.age <= 2]
    begin, days = culprits.day(10), rng.randint(3, 9)
    for day in range(begin, begin + days):
        start = culprits.moment(day, 15.5, 16.8)
        for turn in range(rng.randint(4, 9)):
            yield culprits.look(staff, rng.choice(infants), start + turn * 150, why="programme")


def gossip(culprits: Culprits) -> Iterator[Glance]:
    """Somebody's treatment is talked about, and people of other departments follow it."""
    rng = culprits.random
    whom = culprits.anyone()
    house = culprits.world.institutions[culprits.world.residents[whom].hospital]
    people = [one for name in house.departments for one in house.departments[name]]
    begin = culprits.day(8)
    for who in rng.sample(people, rng.randint(2, 5)):
        staff = culprits.world.staff[who]
        for day in sorted(rng.sample(range(begin, begin + 7), rng.randint(2, 5))):
            yield culprits.look(staff, whom, culprits.moment(day))


def forged(culprits: Culprits) -> Iterator[Glance]:
    """Somebody enters a visit that never was, and looks at leisure."""
    rng = culprits.random
    staff, whom = culprits.anybody("physician", "nurse", "clerk", "village"), culprits.anyone()
    begin = culprits.moment(culprits.day(4))
    for turn in range(rng.randint(1, 4)):
        when = begin + turn * rng.choice((600, DAY))
        yield culprits.look(staff, whom, when)._replace(proofs=("visit",))


KINDS = {"ring": ring, "canvassing": canvassing, "gossip": gossip}
BELIEVED = {"forged": forged}
