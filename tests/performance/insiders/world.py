"""A made-up region: institutions, staff, residents, and what connects them."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

# how many of each, staff in each, and the departments with their share of the staff and their jobs
HOSPITAL = (
    ("desk", 0.10, ("clerk",)),
    ("medicine", 0.22, ("physician", "nurse")),
    ("surgery", 0.20, ("physician", "nurse")),
    ("maternity", 0.14, ("physician", "nurse")),
    ("emergency", 0.12, ("physician", "nurse")),
    ("laboratory", 0.12, ("analyst",)),
    ("pharmacy", 0.10, ("dispenser",)),
)
CENTRE = (
    ("desk", 0.12, ("clerk",)),
    ("general", 0.46, ("physician", "nurse")),
    ("prevention", 0.22, ("outreach", "nurse")),
    ("laboratory", 0.10, ("analyst",)),
    ("pharmacy", 0.10, ("dispenser",)),
)
VILLAGE = (("surgery", 1.0, ("village",)),)
SHOP = (("counter", 1.0, ("dispenser",)),)
KINDS = (
    ("great hospital", 4, 220, HOSPITAL),
    ("hospital", 8, 90, HOSPITAL),
    ("township centre", 4, 50, CENTRE),
    ("centre", 14, 30, CENTRE),
    ("village", 20, 5, VILLAGE),
    ("shop", 10, 8, SHOP),
)
COUNTIES = 4
STREETS = 60  # of each county
RESIDENTS = 60_000
FAMOUS = 60
LONG_DEAD = 500
DECOYS = 40


@dataclass
class Institution:
    number: int
    kind: str
    county: int
    departments: dict[str, list[int]] = field(default_factory=dict)
    machines: dict[str, list[int]] = field(default_factory=dict)
    lacking: float = 0.0
    """What part of its visits leaves no proofs."""


@dataclass
class Staff:
    number: int
    institution: int
    department: str
    job: str
    resident: int
    nights: bool
    machine: int
    account: str = "good"


@dataclass
class Resident:
    number: int
    county: int
    street: int
    home: int
    age: int
    clinic: int = -1
    hospital: int = -1
    works_at: int = -1
    staff: int = -1
    busy: float = 1.0
    broad_consent: bool = False
    contract: int = -1


class World:
    def __init__(self, seed: int, lacking: float) -> None:
        self.random = random.Random(f"world {seed}")
        self.institutions: list[Institution] = []
        self.staff: list[Staff] = []
        self.residents: list[Resident] = []
        self.kin: dict[int, set[int]] = defaultdict(set)
        self.homes: dict[int, list[int]] = defaultdict(list)
        self.streets: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._settle()
        self._build(lacking)
        self._assign()
        choose = self.random.sample
        self.famous = set(choose(range(RESIDENTS), FAMOUS))
        self.dead = dict.fromkeys(choose(range(RESIDENTS), LONG_DEAD), -1e7)
        """When each died, in seconds since the month began."""
        self.decoys = set(range(RESIDENTS, RESIDENTS + DECOYS))

    def connections(self, who: int, whom: int, when: float) -> frozenset[str]:
        """What connects one of the staff with a resident, and what is known of the resident."""
        if whom in self.decoys:
            return frozenset({"decoy"})
        if whom < 0:
            return frozenset()
        own = self.staff[who].resident
        them, me = self.residents[whom], self.residents[own]
        found = set()
        if whom == own:
            found.add("own")
        elif whom in self.kin[own]:
            found.add("kin")
        elif them.home == me.home:
            found.add("roof")
        elif (them.county, them.street) == (me.county, me.street):
            found.add("street")
        if them.works_at == self.staff[who].institution and whom != own:
            found.add("colleague")
        if whom in self.famous:
            found.add("famous")
        if self.dead.get(whom, when) < when:
            found.add("dead")
        return frozenset(found)

    def _settle(self) -> None:
        """Households in streets, and families across households."""
        rng, home = self.random, 0
        while len(self.residents) < RESIDENTS:
            county, street = rng.randrange(COUNTIES), rng.randrange(STREETS)
            size = rng.choices((1, 2, 3, 4, 5, 6), (18, 28, 24, 16, 9, 5))[0]
            lodgers = rng.random() < 0.06
            members = []
            for place in range(min(size, RESIDENTS - len(self.residents))):
                age = rng.randint(20, 85) if place < 2 else rng.choice((rng.randint(0, 19), 70))
                number = len(self.residents)
                busy = rng.lognormvariate(0, 0.8) * (1.6 if age > 60 else 1.0)
                self.residents.append(Resident(number, county, street, home, age, busy=busy))
                members.append(number)
            if not lodgers:
                for one in members:
                    self.kin[one].update(other for other in members if other != one)
            self.homes[home] = members
            self.streets[county, street] += members
            home += 1
        for one in rng.sample(range(RESIDENTS), RESIDENTS // 5):  # relatives elsewhere
            for relative in self.homes[rng.randrange(home)][:2]:
                if relative != one:
                    self.kin[one].add(relative)
                    self.kin[relative].add(one)

    def _build(self, lacking: float) -> None:
        rng, machine = self.random, 0
        adults = [one.number for one in self.residents if 22 <= one.age <= 62]
        rng.shuffle(adults)
        for kind, count, size, departments in KINDS:
            for _ in range(count):
                number = len(self.institutions)
                county = number % COUNTIES
                place = Institution(number, kind, county)
                place.lacking = min(0.6, lacking * rng.gammavariate(6.0, 1 / 6.0))
                self.institutions.append(place)
                left = size
                for position, (name, share, jobs) in enumerate(departments):
                    last = position == len(departments) - 1
                    people = left if last else max(1, round(size * share))
                    left -= people
                    place.machines[name] = [machine + one for one in range(max(2, people * 2 // 3))]
                    machine += len(place.machines[name])
                    place.departments[name] = [
                        self._hire(place, name, jobs[one % len(jobs)], adults)
                        for one in range(people)
                    ]

    def _hire(self, place: Institution, department: str, job: str, adults: list[int]) -> int:
        rng = self.random
        person = adults.pop()
        number = len(self.staff)
        nights = "hospital" in place.kind and job in ("physician", "nurse") and rng.random() < 0.5
        nights = nights or department == "emergency"
        machine = rng.choice(place.machines[department])
        self.staff.append(Staff(number, place.number, department, job, person, nights, machine))
        self.residents[person].works_at = place.number
        self.residents[person].staff = number
        return number

    def _assign(self) -> None:
        """Where people go: a place near by, a hospital, sometimes their own employer."""
        rng = self.random
        near = defaultdict(list)
        for place in self.institutions:
            size = {"great hospital": 6, "hospital": 3}.get(place.kind, 1)
            near[place.county, "hospital" in place.kind] += [place.number] * size
        for one in self.residents:
            small = [n for n in near[one.county, False] if self.institutions[n].kind != "shop"]
            village = one.street % 3 == 0
            wanted = [n for n in small if (self.institutions[n].kind == "village") == village]
            one.clinic = (wanted or small)[one.street % len(wanted or small)]
            one.hospital = rng.choice(near[one.county, True])
            if one.works_at >= 0 and rng.random() < 0.5:
                if "hospital" in self.institutions[one.works_at].kind:
                    one.hospital = one.works_at
                elif self.institutions[one.works_at].kind != "shop":
                    one.clinic = one.works_at
            one.broad_consent = rng.random() < 0.3
            general = self.institutions[one.clinic].departments.get("general")
            if general and rng.random() < 0.35:
                one.contract = rng.choice([n for n in general if self.staff[n].job == "physician"])
