"""Eighteen kinds of misdeeds, each as it is told in press reports and privacy offices' accounts.

Who does it is drawn at random among all staff; they mostly know better than to come at night or in
another's place, except where that is the misdeed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

from insiders.duty import DAY, DAYS, Duty, Glance
from insiders.world import RESIDENTS, Staff, World

EACH = 17


class Story(NamedTuple):
    """One misdeed, labelled."""

    number: int
    kind: str
    is_unseen: bool
    glances: list[Glance]


STEP_OF = {
    "clerk": "desk",
    "physician": "clinic",
    "nurse": "ward",
    "analyst": "lab",
    "dispenser": "pharmacy",
    "outreach": "call",
    "village": "clinic",
}


class Culprits:
    """Makes stories. ``duty`` lends its ways of sitting at a machine."""

    def __init__(self, world: World, duty: Duty, seed: int) -> None:
        self.world = world
        self.duty = duty
        self.random = Random(f"misdeeds {seed}")

    def anybody(self, *jobs: str) -> Staff:
        while True:
            staff = self.random.choice(self.world.staff)
            if staff.account == "good" and (not jobs or staff.job in jobs):
                return staff

    def anyone(self) -> int:
        while True:
            whom = self.random.randrange(RESIDENTS)
            if whom not in self.world.dead and whom not in self.world.famous:
                return whom

    def moment(self, day: int, start: float = 8.3, end: float = 17.0) -> float:
        return day * DAY + self.random.uniform(start, end) * 3600

    def day(self, before_end: int = 1) -> int:
        return self.random.randrange(1, DAYS - before_end)

    def look(self, staff: Staff, whom: int, when: float, **more: object) -> Glance:
        broad = whom < RESIDENTS and self._is_broad(staff, whom)
        proofs = ("broad consent",) if broad else ()
        return self.duty.glance(when, staff.number, whom, STEP_OF[staff.job], proofs, **more)

    def looks(self, staff: Staff, whom: int, count: int, days: int) -> Iterator[Glance]:
        begin = self.day(days)
        for turn in range(count):
            day = begin + (turn * days) // count
            yield self.look(staff, whom, self.moment(day))

    def _is_broad(self, staff: Staff, whom: int) -> bool:
        one = self.world.residents[whom]
        return one.broad_consent and staff.institution in (one.clinic, one.hospital)


def _few(rng: Random) -> tuple[int, int]:
    count = rng.choice((1, 1, 2, 2, 3, 4))
    return count, min(count, rng.choice((1, 2, 3)))


def colleague(culprits: Culprits) -> Iterator[Glance]:
    while True:
        staff = culprits.anybody()
        place = culprits.world.institutions[staff.institution]
        others = [one for people in place.departments.values() for one in people]
        other = culprits.world.staff[culprits.random.choice(others)]
        if other.number != staff.number and other.resident not in culprits.world.dead:
            return culprits.looks(staff, other.resident, *_few(culprits.random))


def relative(culprits: Culprits) -> Iterator[Glance]:
    while True:
        staff = culprits.anybody()
        living = culprits.world.kin[staff.resident] - culprits.world.dead.keys()
        if living:
            whom = culprits.random.choice(sorted(living))
            return culprits.looks(staff, whom, *_few(culprits.random))


def neighbour(culprits: Culprits) -> Iterator[Glance]:
    staff = culprits.anybody("clerk", "physician", "nurse", "analyst", "dispenser")
    me = culprits.world.residents[staff.resident]
    near = culprits.world.streets[me.county, me.street]
    strangers = [one for one in near if culprits.world.residents[one].home != me.home]
    living = [one for one in strangers if one not in culprits.world.dead]
    whom = culprits.random.choice(living)
    return culprits.looks(staff, whom, *_few(culprits.random))


def flatmate(culprits: Culprits) -> Iterator[Glance]:
    while True:
        staff = culprits.anybody()
        me = culprits.world.residents[staff.resident]
        roof = set(culprits.world.homes[me.home]) - {me.number}
        others = roof - culprits.world.kin[me.number] - culprits.world.dead.keys()
        if others:
            whom = culprits.random.choice(sorted(others))
            return culprits.looks(staff, whom, *_few(culprits.random))


def celebrity(culprits: Culprits) -> Iterator[Glance]:
    """Somebody is in the news, and people of many departments look."""
    rng = culprits.random
    whom = rng.choice(sorted(culprits.world.famous - culprits.world.dead.keys()))
    begin = culprits.moment(culprits.day(3), 8, 12)
    for _ in range(rng.randint(7, 24)):
        staff = culprits.anybody()
        when = begin + min(rng.expovariate(1 / 20_000), 1.4 * DAY)
        if 7 * 3600 < when % DAY < 22 * 3600:
            yield culprits.look(staff, whom, when)


def bulk(culprits: Culprits) -> Iterator[Glance]:
    staff = culprits.anybody()
    begin = culprits.moment(culprits.day(), 8.5, 14)
    pace = culprits.random.choice((20, 60, 150))
    for turn in range(culprits.random.randint(25, 150)):
        yield culprits.look(staff, culprits.anyone(), begin + turn * pace)


def slowly(culprits: Culprits) -> Iterator[Glance]:
    """A few every working day for weeks."""
    staff = culprits.anybody()
    days = culprits.random.randint(12, 22)
    begin, a_day = culprits.day(days), culprits.random.choice((2, 3, 4, 5))
    for day in range(begin, begin + days):
        for _ in range(a_day):
            yield culprits.look(staff, culprits.anyone(), culprits.moment(day))


def at_night(culprits: Culprits) -> Iterator[Glance]:
    while True:
        staff = culprits.anybody()
        if not staff.nights:
            break
    begin, nights = culprits.day(4), culprits.random.choice((1, 2, 3))
    for night in range(begin, begin + nights):
        start = culprits.moment(night, 21.5, 23.5)
        for turn in range(culprits.random.randint(2, 6)):
            yield culprits.look(staff, culprits.anyone(), start + turn * 400)


def false_emergency(culprits: Culprits) -> Iterator[Glance]:
    staff = culprits.anybody("physician", "nurse", "village")
    day = culprits.day()
    for _ in range(culprits.random.choice((1, 2, 3))):
        whom, when = culprits.anyone(), culprits.moment(day)
        more = {"why": "emergency", "doing": "overrides"}
        yield culprits.look(staff, whom, when, **more)._replace(step="er")


def closed_account(culprits: Culprits) -> Iterator[Glance]:
    """Somebody who left, or was suspended, still comes in."""
    staff = culprits.anybody()
    state = staff.account = culprits.random.choice(("gone", "blocked"))
    begin = culprits.moment(culprits.day())
    for turn in range(culprits.random.randint(1, 12)):
        yield culprits.look(staff, culprits.anyone(), begin + turn * 240, account=state)


def oneself(culprits: Culprits) -> Iterator[Glance]:
    staff = culprits.anybody()
    return culprits.looks(staff, staff.resident, *_few(culprits.random))


def trying(culprits: Culprits) -> Iterator[Glance]:
    """Numbers are tried until somebody is found."""
    rng = culprits.random
    staff = culprits.anybody()
    begin = culprits.moment(culprits.day(), 8.5, 15)
    for turn in range(rng.randint(15, 120)):
        when = begin + turn * rng.uniform(8, 50)
        if rng.random() < 0.85:
            why = rng.choice(("no such person", "nothing allowed"))
            whom = -1 if why == "no such person" else culprits.anyone()
            yield culprits.look(staff, whom, when, denied=why, doing="finds", pages=0)
        else:
            yield culprits.look(staff, culprits.anyone(), when, doing="finds", pages=1)


def decoy(culprits: Culprits) -> Iterator[Glance]:
    """A list of people is gone through in which some were made up."""
    staff = culprits.anybody()
    begin = culprits.moment(culprits.day())
    for turn in range(culprits.random.randint(1, 4)):
        yield culprits.look(staff, culprits.anyone(), begin + turn * 300)
    whom = culprits.random.choice(sorted(culprits.world.decoys))
    yield culprits.look(staff, whom, begin + 2000, doing="finds", denied="no such person")


def stalking(culprits: Culprits) -> Iterator[Glance]:
    """One person, whom nothing on file connects with who looks, again and again."""
    rng = culprits.random
    staff, whom = culprits.anybody(), culprits.anyone()
    days = rng.randint(5, 20)
    return culprits.looks(staff, whom, rng.randint(5, 14), days)


def heir(culprits: Culprits) -> Iterator[Glance]:
    whom = culprits.random.choice(sorted(one for one, at in culprits.world.dead.items() if at < 0))
    return culprits.looks(culprits.anybody(), whom, *_few(culprits.random))


def borrowed(culprits: Culprits) -> Iterator[Glance]:
    """A password is known to somebody at another house, who uses it while its owner works."""
    rng = culprits.random
    staff = culprits.anybody("physician", "nurse")
    other = culprits.anybody()
    while other.institution == staff.institution:
        other = culprits.anybody()
    begin = culprits.moment(culprits.day(2), 9, 15.5)
    for turn in range(rng.randint(3, 10)):
        yield culprits.look(
            staff,
            culprits.anyone(),
            begin + turn * rng.uniform(120, 1500),
            machine=other.machine,
            site=other.institution,
        )


def printing(culprits: Culprits) -> Iterator[Glance]:
    staff = culprits.anybody()
    begin = culprits.moment(culprits.day())
    for turn in range(culprits.random.randint(3, 9)):
        yield culprits.look(staff, culprits.anyone(), begin + turn * 500, doing="prints")


def beyond_the_job(culprits: Culprits) -> Iterator[Glance]:
    """A clerk, an analyst or a dispenser reads what is none of their work."""
    staff = culprits.anybody("clerk", "analyst", "dispenser")
    begin = culprits.moment(culprits.day())
    for turn in range(culprits.random.randint(2, 6)):
        seen = culprits.look(staff, culprits.anyone(), begin + turn * 700, pages=30)
        step = "ward" if staff.job == "clerk" else "desk"
        yield seen._replace(step=step)


KINDS: dict[str, Callable[[Culprits], Iterator[Glance]]] = {
    "colleague": colleague,
    "relative": relative,
    "neighbour": neighbour,
    "flatmate": flatmate,
    "celebrity": celebrity,
    "bulk": bulk,
    "slowly": slowly,
    "at night": at_night,
    "false emergency": false_emergency,
    "closed account": closed_account,
    "oneself": oneself,
    "trying": trying,
    "decoy": decoy,
    "stalking": stalking,
    "heir": heir,
    "borrowed": borrowed,
    "printing": printing,
    "beyond the job": beyond_the_job,
}


def stories(
    culprits: Culprits,
    kinds: dict[str, Callable[[Culprits], Iterator[Glance]]],
    first: int = 0,
    each: int = EACH,
    *,
    are_unseen: bool = False,
) -> list[Story]:
    """So many of each kind, numbered."""
    told: list[Story] = []
    for kind, tell in kinds.items():
        for _ in range(each):
            number = first + len(told)
            glances = [one._replace(story=number) for one in tell(culprits)]
            told.append(Story(number, kind, are_unseen, glances))
    return told
