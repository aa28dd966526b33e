"""The labelled corpus: what it promises of its people, its damage and its repeatability."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

import pytest

from openhealthcode.identity.matching.tables import look_alikes
from openhealthcode.standards import HealthCodeError, NationalId
from performance.identity.corpus import misspelling, tables
from performance.identity.corpus.__main__ import checksum, main
from performance.identity.corpus.people import Person
from performance.identity.corpus.population import Population
from performance.identity.corpus.profiles import LEGACY, MODERN, PROFILES
from performance.identity.corpus.records import COLUMNS, Record, corpus

PEOPLE = 12_000
RECORDS = 4_000
CHECKSUMS = {
    "modern": "a3e46916f5c7122d967bc16721e1ffbe2631314749631fbc0d06e5ad08f5da49",
    "legacy": "ca95ef360290749eae2da5064edc89661c6dbbc3f0495f7c85618a0cedcdedd6",
}
"""Whoever gets others has another corpus: published figures are not comparable with theirs."""


@pytest.fixture(scope="module")
def people() -> list[Person]:
    drawn = Population(Random(7), LEGACY.issued_twice).households(PEOPLE)
    return [person for members in drawn for person in members]


@pytest.fixture(scope="module", params=sorted(PROFILES))
def records(request) -> list[Record]:
    return corpus(PROFILES[request.param], records=RECORDS, seed=1)


def share(people: list[Person], *, of) -> float:
    return sum(map(bool, map(of, people))) / len(people)


def test_it_comes_out_the_same_every_time(records):
    again = {name: corpus(one, records=RECORDS, seed=1) for name, one in PROFILES.items()}
    assert records in again.values()
    assert {name: checksum(one) for name, one in again.items()} == CHECKSUMS


def test_another_seed_is_another_population():
    one, other = (corpus(MODERN, records=500, seed=seed) for seed in (1, 2))
    assert checksum(one) != checksum(other)


def test_nobody_of_it_can_exist(people):
    for person in people:
        if person.kind == "01":
            number = NationalId.parse(person.number)
            assert number.division_code[:2] in {"88", "81", "82", "83"}
            assert number.division_code[:2] == "88" or number.division_code[2:] == "0000"
            assert number.birth_date == person.birth
            assert number.sex == person.sex


def test_the_population_has_the_shape_it_says(people):
    assert share(people, of=lambda p: p.age < 15) == pytest.approx(0.2, abs=0.03)
    young = [person for person in people if person.age < 20]
    assert share(young, of=lambda p: p.twin) == pytest.approx(0.019, abs=0.008)
    assert share(people, of=lambda p: p.is_dotted) == pytest.approx(0.012, abs=0.004)
    assert set(Counter(p.household for p in people).values()) <= set(range(1, 10))
    surnames = Counter(p.name[0] for p in people if not p.is_dotted and not p.name.isascii())
    chance = sum((count / surnames.total()) ** 2 for count in surnames.values())
    assert chance == pytest.approx(0.027, abs=0.003)


def test_twins_are_alike_and_two(people):
    twins = [p for p in people if p.twin is not None]
    assert twins
    for person in twins:
        assert person.twin.twin is person
        assert person.twin.birth == person.birth
        assert person.twin.name != person.name
        assert person.twin.number != person.number
    born_together = [p for p in twins if p.mother is not None]
    near = [abs(int(p.number[14:17]) - int(p.twin.number[14:17])) for p in born_together]
    assert Counter(near).most_common(1)[0][0] in {1, 2}


def test_small_children_have_a_parents_telephone(people):
    by_household = {}
    for person in people:
        by_household.setdefault(person.household, []).append(person)
    for members in by_household.values():
        grown = {p.phones[0] for p in members if 18 <= p.age <= 75}
        assert all(p.phones[0] in grown for p in members if p.age < 14 and grown)


def test_records_arrive_in_order_and_say_whose_they_are(records):
    assert [record.record for record in records] == list(range(1, RECORDS + 1))
    assert [r.received for r in records] == sorted(r.received for r in records)
    assert all(r.person and r.household for r in records)
    assert len(records[0].row()) == len(COLUMNS)


def test_each_kind_of_damage_occurs(records):
    def is_valid(number: str) -> bool:
        try:
            NationalId.parse(number)
        except HealthCodeError:
            return False
        return True

    numbers = [r.number for r in records if r.kind == "01"]
    assert any(not r.kind for r in records)
    assert any(len(number) == 15 for number in numbers)
    assert any(len(number) == 18 and not is_valid(number) for number in numbers)
    assert any(
        r.name.endswith(("子", "女")) and "之" in r.name and r.mother_number for r in records
    )
    assert any(r.birth_date.endswith("-01-01") for r in records)
    assert any(r.phone in {"13800000000", "13800138000"} for r in records)
    assert any(not r.phone for r in records)
    assert any(not r.address for r in records)


def test_legacy_is_worse_than_modern():
    modern, legacy = (corpus(one, records=RECORDS, seed=1) for one in (MODERN, LEGACY))
    for column in ("number", "phone", "address", "birth_date"):
        missing = [sum(not getattr(r, column) for r in some) for some in (modern, legacy)]
        assert missing[0] < missing[1]


def test_a_homophone_sounds_the_same_and_is_another_character():
    rng = Random(1)
    changed = [(name, misspelling.homophone(rng, name)) for name in ["王建国", "李秀英"] * 100]
    alike = 0
    for name, written in changed:
        assert len(written) == len(name)
        alike += [tables.sounds(c)[0] for c in name] == [tables.sounds(c)[0] for c in written]
    assert 150 < alike < 200  # one in ten only sounds alike in a dialect


def test_what_looks_alike_is_not_taken_from_the_matcher():
    """Else the figures would show what the matcher's table knows, not what it is worth."""
    known = look_alikes()
    pairs = [(a, b) for a, found in tables.resembling().items() for b in found]
    shared = [(a, b) for a, b in pairs if known.get(ord(a), a) == known.get(ord(b), b)]
    assert len(shared) < len(pairs) / 10


def test_a_name_without_a_look_alike_stays_as_it_is():
    assert misspelling.look_alike(Random(1), "〇〇") == "〇〇"


def test_the_newborn_of_nobody_is_no_record(people):
    child = next(person for person in people if person.mother is not None)
    assert child.birth > child.mother.birth
    assert date(1900, 1, 1) < child.mother.birth


def test_it_is_written_to_a_file_with_its_checksum(tmp_path, monkeypatch, capsys):
    file = tmp_path / "corpus.csv"
    monkeypatch.setattr("sys.argv", ["corpus", "--records", "50", "--output", str(file)])
    main()
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 51
    assert checksum(corpus(MODERN, records=50, seed=1)) in capsys.readouterr().out
