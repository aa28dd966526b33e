"""Thirty days of honest work: who opens whose record, when, where, and what proves that they may."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import NamedTuple

from insiders.world import Institution, Resident, Staff, World

DAYS = 30
DAY = 86_400.0
VISITS = 6_400  # on a weekday


class Glance(NamedTuple):
    """One opening of a record, or an attempt.

    Args:
        when: seconds since the first midnight, in the region's time.
        doing: reads, prints, overrides, finds (by a number).
        proofs: what shows that it was work.
        denied: why nothing was shown.
        story: the misdeed it belongs to; -1: honest.
    """

    when: float
    who: int
    whom: int
    doing: str
    step: str
    why: str
    proofs: tuple[str, ...]
    machine: int
    site: int
    pages: int = 12
    denied: str = ""
    account: str = "good"
    story: int = -1


class Visit(NamedTuple):
    """Whose visit where, when, and whether anything of it was entered."""

    place: Institution
    resident: Resident
    when: float
    is_proven: bool
    is_broad: bool

    def proofs(self, *names: str) -> tuple[str, ...]:
        broad = ("broad consent",) if self.is_broad else ()
        return (*names, *broad) if self.is_proven else broad


class Duty:
    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = Random(f"duty {seed}")
        self.rota: dict[tuple[int, str, str], list[int]] = {}
        self.night: dict[tuple[int, str], list[int]] = {}
        self.relief: dict[int, int] = {}
        self._stays: list[tuple[int, Visit, str]] = []
        self._weights = list(accumulate(one.busy for one in world.residents))

    def days(self) -> Iterator[list[Glance]]:
        for day in range(DAYS):
            self._call_in(day)
            glances: list[Glance] = []
            weekend = day % 7 in (5, 6)
            people = self.random.choices(
                self.world.residents,
                cum_weights=self._weights,
                k=int(VISITS * (0.45 if weekend else 1.15)),
            )
            for resident in people:
                if resident.number not in self.world.dead:
                    glances += self._visit(day, resident)
            glances += self._wards(day)
            if not weekend:
                glances += self._programmes(day)
                glances += self._calls(day)
            glances += self._death(day)
            yield [one for one in glances if self._can_be(one)]

    def _can_be(self, glance: Glance) -> bool:
        """Nobody serves themselves, a colleague does; and who helps out elsewhere is on the way."""
        on_the_way = glance.who in self.relief and 12.6 < glance.when % DAY / 3600 <= 13.5
        return self.world.staff[glance.who].resident != glance.whom and not on_the_way

    # who is there

    def _call_in(self, day: int) -> None:
        """Who works today, by department and job; who works tonight."""
        self.rota.clear()
        self.night.clear()
        hospitals = [one.number for one in self.world.institutions if "hospital" in one.kind]
        helpers = self.random.sample(range(len(self.world.staff)), 12)
        self.relief = {one: self.random.choice(hospitals) for one in helpers}
        weekend = day % 7 in (5, 6)
        for place in self.world.institutions:
            for name, people in place.departments.items():
                nights = [one for one in people if self._works_nights(one)]
                tonight = [one for one in nights if (one + day) % 5 == 0] or nights[:1]
                self.night[place.number, name] = tonight
                for one in people:
                    off = (one + day) % 7 < (4 if weekend else 1)
                    if self.world.staff[one].account != "good":
                        continue
                    if one in tonight or (off and len(people) > 2):
                        continue
                    job = self.world.staff[one].job
                    self.rota.setdefault((place.number, name, job), []).append(one)

    def _works_nights(self, who: int) -> bool:
        staff = self.world.staff[who]
        return staff.nights and staff.account == "good"

    def _one_of(self, place: Institution, department: str, job: str, hour: float) -> int | None:
        if hour < 7.5 or hour > 18:
            people = self.night.get((place.number, department)) or []
            fitting = [one for one in people if self.world.staff[one].job == job]
            people = fitting or people
        else:
            people = self.rota.get((place.number, department, job)) or []
        return self.random.choice(people) if people else None

    def machine_of(self, staff: Staff) -> int:
        """Mostly one's own, often another of the department."""
        if self.random.random() < 0.75:
            return staff.machine
        return self.random.choice(
            self.world.institutions[staff.institution].machines[staff.department]
        )

    def glance(
        self, when: float, who: int, whom: int, step: str, proofs: tuple[str, ...], **more: object
    ) -> Glance:
        staff = self.world.staff[who]
        site = self.relief.get(who)
        if site is not None and when % DAY > 13.5 * 3600:  # helps out elsewhere this afternoon
            machines = self.world.institutions[site].machines
            more |= {"site": site, "machine": next(iter(machines.values()))[0]}
        said = {"doing": "reads", "why": "care", **more}
        said.setdefault("machine", self.machine_of(staff))
        said.setdefault("site", staff.institution)
        pages = {"desk": 2, "lab": 6, "pharmacy": 9}.get(step, self.random.randint(6, 40))
        said.setdefault("pages", pages)
        return Glance(when=when, who=who, whom=whom, step=step, proofs=proofs, **said)  # type: ignore[arg-type]

    # visits

    def _visit(self, day: int, resident: Resident) -> Iterator[Glance]:
        rng, world = self.random, self.world
        draw = rng.random()
        if draw < 0.10:
            shops = [p for p in world.institutions if p.kind == "shop"]
            place = rng.choice([p for p in shops if p.county == resident.county] or shops)
        else:
            place = world.institutions[resident.clinic if draw < 0.52 else resident.hospital]
        peak = rng.choice((9.5, 10.5, 14.5))
        hour = min(17.2, max(8.0, rng.gauss(peak, 1.2)))
        urgent = "hospital" in place.kind and rng.random() < 0.05
        if urgent:
            hour = rng.uniform(0, 23.5)
        visit = Visit(
            place,
            resident,
            day * DAY + hour * 3600,
            rng.random() >= place.lacking,
            resident.broad_consent and place.number in (resident.hospital, resident.clinic),
        )
        if rng.random() < 0.004:
            yield from self._mistake(visit)
        if urgent:
            yield from self._emergency(visit, hour)
        elif "hospital" in place.kind:
            yield from self._at_hospital(day, visit, hour)
        elif place.kind == "village":
            yield from self._alone(visit, "surgery", "village", "clinic", hour)
        elif place.kind == "shop":
            yield from self._alone(visit, "counter", "dispenser", "pharmacy", hour)
        else:
            yield from self._at_centre(visit, hour)

    def _alone(
        self, visit: Visit, department: str, job: str, step: str, hour: float
    ) -> Iterator[Glance]:
        who = self._one_of(visit.place, department, job, hour)
        if who is None:
            return
        proofs = visit.proofs("code" if self.random.random() < 0.7 else "visit")
        for turn in range(self.random.choice((1, 1, 2))):
            yield self.glance(visit.when + turn * 240, who, visit.resident.number, step, proofs)

    def _desk(self, visit: Visit, hour: float) -> Iterator[Glance]:
        who = self._one_of(visit.place, "desk", "clerk", hour)
        if who is not None:
            proofs = visit.proofs("code" if self.random.random() < 0.6 else "visit")
            yield self.glance(visit.when, who, visit.resident.number, "desk", proofs)

    def _at_hospital(self, day: int, visit: Visit, hour: float) -> Iterator[Glance]:
        rng, place = self.random, visit.place
        yield from self._desk(visit, hour)
        woman = visit.resident.number % 2 == 0 and 18 < visit.resident.age < 45
        department = rng.choice(
            ("medicine", "medicine", "surgery", "maternity" if woman else "surgery")
        )
        who = self._one_of(place, department, "physician", hour)
        if who is None:
            return
        whom = visit.resident.number
        begun = visit.when + rng.uniform(600, 4500)
        for turn in range(rng.choice((1, 2, 2, 3))):
            yield self.glance(
                begun + turn * rng.uniform(100, 900), who, whom, "clinic", visit.proofs("visit")
            )
        if rng.random() < 0.3:
            nurse = self._one_of(place, department, "nurse", hour)
            if nurse is not None:
                yield self.glance(begun - 200, nurse, whom, "clinic", visit.proofs("visit"))
        yield from self._services(visit, begun, hour)
        if rng.random() < 0.05:
            other = rng.choice(("medicine", "surgery"))
            consulted = self._one_of(place, other, "physician", hour)
            if consulted is not None:
                proofs = visit.proofs("referral")
                yield self.glance(begun + 5400, consulted, whom, "clinic", proofs)
        if rng.random() < 0.12:  # the results, read on another day
            later = rng.choice((1, 1, 2, 3)) * DAY + rng.uniform(-3600, 3600)
            yield self.glance(begun + later, who, whom, "clinic", visit.proofs("order"))
        if rng.random() < 0.03:
            for stay in range(1, rng.randint(3, 8)):
                self._stays.append((day + stay, visit, department))

    def _services(self, visit: Visit, begun: float, hour: float) -> Iterator[Glance]:
        rng, place = self.random, visit.place
        for chance, department, job, step, after in (
            (0.50, "laboratory", "analyst", "lab", 3600),
            (0.60, "pharmacy", "dispenser", "pharmacy", 5400),
        ):
            who = self._one_of(place, department, job, hour)
            if rng.random() < chance and who is not None:
                when = begun + after * rng.uniform(0.4, 1.4)
                yield self.glance(when, who, visit.resident.number, step, visit.proofs("order"))

    def _at_centre(self, visit: Visit, hour: float) -> Iterator[Glance]:
        rng, place = self.random, visit.place
        if rng.random() < 0.6:
            yield from self._desk(visit, hour)
        job = "nurse" if rng.random() < 0.25 else "physician"
        who = self._one_of(place, "general", job, hour)
        if who is None:
            return
        step = "jab" if job == "nurse" else "clinic"
        begun = visit.when + rng.uniform(300, 3000)
        for turn in range(rng.choice((1, 1, 2))):
            proofs = visit.proofs("visit" if rng.random() < 0.6 else "code")
            yield self.glance(begun + turn * 200, who, visit.resident.number, step, proofs)
        yield from self._services(visit, begun, hour)

    def _emergency(self, visit: Visit, hour: float) -> Iterator[Glance]:
        rng, whom = self.random, visit.resident.number
        nurse = self._one_of(visit.place, "emergency", "nurse", hour)
        doctor = self._one_of(visit.place, "emergency", "physician", hour)
        if nurse is not None:
            yield self.glance(visit.when, nurse, whom, "er", visit.proofs("visit"))
        if doctor is None:
            return
        if rng.random() < 0.3:
            yield self.glance(
                visit.when + 300,
                doctor,
                whom,
                "er",
                visit.proofs("visit"),
                doing="overrides",
                why="emergency",
            )
        for turn in range(rng.choice((1, 2, 3))):
            when = visit.when + 400 + turn * 900
            yield self.glance(when, doctor, whom, "er", visit.proofs("visit"), why="emergency")

    def _wards(self, day: int) -> Iterator[Glance]:
        """Those who stay are looked at by every shift of their ward."""
        rng = self.random
        today = [stay for stay in self._stays if stay[0] == day]
        self._stays = [stay for stay in self._stays if stay[0] > day]
        for _, visit, department in today:
            for hour in (1.5, 8.2, 10.0, 15.5, 21.5):
                job = "physician" if hour == 10.0 else "nurse"
                who = self._one_of(visit.place, department, job, hour)
                if who is not None and rng.random() < 0.8:
                    when = day * DAY + (hour + rng.uniform(-0.5, 0.5)) * 3600
                    yield self.glance(
                        when, who, visit.resident.number, "ward", visit.proofs("visit")
                    )
            yield from self._services(visit, day * DAY + 9 * 3600, 10.0)

    # what is done without anybody coming

    def _programmes(self, day: int) -> Iterator[Glance]:
        rng, world = self.random, self.world
        for staff in world.staff:
            idle = (staff.number + day) % 7 == 0 or staff.account != "good"
            if staff.job != "outreach" or idle:
                continue
            county = world.institutions[staff.institution].county
            listed = world.streets[county, (staff.number * 7 + day) % 60]
            for whom in rng.sample(listed, min(14, len(listed))):
                if whom in world.dead:
                    continue
                when = day * DAY + rng.uniform(8.5, 16.5) * 3600
                proven = rng.random() >= world.institutions[staff.institution].lacking
                proofs = ("task",) if proven else ()
                yield self.glance(when, staff.number, whom, "call", proofs, why="programme")

    def _calls(self, day: int) -> Iterator[Glance]:
        """Family doctors look in on those with a contract; contracts are on file, always."""
        rng = self.random
        for resident in rng.sample(self.world.residents, 700):
            if resident.contract >= 0 and resident.number not in self.world.dead:
                when = day * DAY + rng.uniform(8.5, 16.8) * 3600
                yield self.glance(when, resident.contract, resident.number, "call", ("contract",))

    def _death(self, day: int) -> Iterator[Glance]:
        """Somebody dies on a ward; papers are written on the days after."""
        rng = self.random
        resident = rng.choice(self.world.residents)
        if resident.number in self.world.dead:
            return
        when = day * DAY + rng.uniform(0, DAY)
        self.world.dead[resident.number] = when
        place = self.world.institutions[resident.hospital]
        visit = Visit(place, resident, when, rng.random() >= place.lacking, is_broad=False)
        for after, department, job in ((0.1, "medicine", "physician"), (0.9, "desk", "clerk")):
            who = self._one_of(place, department, job, 10)
            if who is not None:
                proofs = visit.proofs("visit")
                yield self.glance(when + after * DAY, who, resident.number, "ward", proofs)

    def _mistake(self, visit: Visit) -> Iterator[Glance]:
        """A wrong person clicked, a code scanned twice, a consent that is over."""
        rng = self.random
        who = rng.choice(rng.choice(list(visit.place.departments.values())))
        draw = rng.random()
        if draw < 0.35:
            wrong = rng.choice(self.world.streets[visit.resident.county, visit.resident.street])
            if wrong not in self.world.dead:
                yield self.glance(visit.when - 60, who, wrong, "clinic", ())
        else:
            why = "used code" if draw < 0.45 else "nothing allowed" if draw < 0.8 else "taken back"
            for turn in range(rng.choice((1, 1, 2))):
                when, whom = visit.when - 90 + 20 * turn, visit.resident.number
                yield self.glance(when, who, whom, "clinic", (), denied=why, pages=0)
