"""Marks in files: what they change and what not, what is read of them again, whom that accuses."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from fractions import Fraction
from math import comb
from random import Random
from typing import Any
from uuid import UUID

import pytest

from openhealthcode.standards import NationalId
from openhealthcode.trust.marks import (
    FALSE_ACCUSATION,
    MARKS,
    CanaryBook,
    MarkCode,
    Reading,
    Votes,
    accuse,
    agreements,
    canary_rows,
    mark_resources,
    read_table,
    shown_by_resources,
    write_table,
)
from openhealthcode.trust.marks.score import tails as tails_of
from openhealthcode.trust.marks.ties import shown as shown_by_ties
from openhealthcode.trust.marks.ties import tied

CODE = MarkCode(b"a key of thirty-two bytes, of us")
COLUMNS = ("id", "patient", "name", "id_number", "day", "type", "display", "value", "filed")


def mark(number: int) -> bytes:
    return UUID(int=number << 64 | 7).bytes


def seal(resident_id: UUID, entry_id: UUID) -> str:
    return resident_id.hex + entry_id.hex


def observation(number: int, random: Random) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"{random.getrandbits(256):064x}",
        "meta": {"versionId": "1", "lastUpdated": "2026-05-01T08:00:00.120+00:00"},
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}], "text": "血"},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2026-05-01T08:00:00+00:00",
        "valueQuantity": {"value": number + 0.5, "unit": "g/L", "code": "g/L"},
        "text": {"status": "generated", "div": "<div>x</div>"},
    }


def row(number: int, random: Random) -> dict[str, str]:
    return {
        "id": f"{random.getrandbits(256):064x}",
        "patient": f"{random.getrandbits(256):064x}",
        "name": "某某",
        "id_number": "",
        "day": f"2026-05-{1 + number % 9:02}",
        "type": "Observation",
        "display": "血红蛋白, 静脉" if number % 5 else 'say "x"\nand',
        "value": str(number),
        "filed": "2026-05-01T08:00:00.120+00:00",
    }


def read(told: list[dict[str, Any]]) -> Reading:
    votes = Votes(CODE)
    for kind, place, variant in shown_by_resources(CODE, told):
        votes.cast(kind, place, variant)
    return votes.reading()


def of_table(text: str) -> Reading:
    votes = Votes(CODE)
    for kind, place, variant in read_table(text, CODE).places:
        votes.cast(kind, place, variant)
    return votes.reading()


def test_a_word_is_of_its_file_alone_and_as_often_one_as_zero() -> None:
    words = [CODE.word(mark(number)) for number in range(400)]
    assert len(set(words)) == 400
    assert all(0 <= word < 1 << MARKS for word in words)
    ones = sum(word.bit_count() for word in words)
    assert abs(ones - 400 * MARKS / 2) < 5 * (400 * MARKS / 4) ** 0.5
    assert MarkCode(b"another key of thirty-two bytes.").word(mark(1)) != words[1]


def test_marked_resources_say_what_they_said() -> None:
    random = Random(3)
    told = [observation(number, random) for number in range(40)]
    marked = mark_resources(CODE, CODE.word(mark(1)), told)
    by_id = {one["id"]: one for one in marked}
    for one in told:
        other = by_id[one["id"]]
        assert next(iter(other)) == "resourceType"
        moment = other["meta"].pop("lastUpdated")
        assert moment in ("2026-05-01T08:00:00.120+00:00", "2026-05-01T08:00:00.120Z")
        assert other == {**one, "meta": {"versionId": "1"}}
        assert list(other["text"]) == ["status", "div"]  # what others wrote stays as it is
        assert other["code"]["coding"][0].keys() == {"system", "code"}


def test_what_was_marked_names_its_file_and_no_other() -> None:
    random = Random(4)
    told = [observation(number, random) for number in range(120)]
    words = {mark(number): CODE.word(mark(number)) for number in range(3_000)}
    for guilty in (5, 2_999):
        reading = read(mark_resources(CODE, words[mark(guilty)], told))
        (accused,) = accuse(reading, words)
        assert accused.mark_id == mark(guilty)
        assert accused.agreements == accused.possible
        assert accused.chance < 1e-60
    assert accuse(read(told), words) == []  # never marked


@pytest.mark.parametrize("leaked", ["half", "fifth", "shuffled", "pretty"])
def test_what_is_left_of_a_file_still_names_it(leaked: str) -> None:
    random = Random(5)
    told = [observation(number, random) for number in range(150)]
    words = {mark(number): CODE.word(mark(number)) for number in range(500)}
    pieces = mark_resources(CODE, words[mark(9)], told)
    change: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "half": lambda: [one for one in pieces if random.random() < 0.5],
        "fifth": lambda: pieces[40:70],
        "shuffled": lambda: random.sample(pieces, len(pieces)),
        "pretty": lambda: json.loads(json.dumps(pieces, indent=4)),
    }
    assert [one.mark_id for one in accuse(read(change[leaked]()), words)] == [mark(9)]


def test_a_file_written_anew_accuses_nobody_and_drowns_nothing_else() -> None:
    random = Random(6)
    told = [observation(number, random) for number in range(150)]
    words = {mark(number): CODE.word(mark(number)) for number in range(500)}
    pieces = mark_resources(CODE, words[mark(9)], told)
    in_order = json.loads(json.dumps(pieces, sort_keys=True))
    assert [one.mark_id for one in accuse(read(in_order), words)] == [mark(9)]
    for one in in_order:
        one["meta"]["lastUpdated"] = "2026-05-01T08:00:00.120Z"
    assert [one.mark_id for one in accuse(read(in_order), words)] == [mark(9)]  # by its order
    assert accuse(read(random.sample(in_order, len(in_order))), words) == []


def test_two_who_compare_their_files_are_named() -> None:
    random = Random(7)
    told = [observation(number, random) for number in range(200)]
    words = {mark(number): CODE.word(mark(number)) for number in range(2_000)}
    first, second = (
        {one["id"]: one for one in mark_resources(CODE, words[mark(who)], told)} for who in (1, 2)
    )
    mixed = [random.choice((first, second))[name] for name in first]
    named = {one.mark_id for one in accuse(read(mixed), words)}
    assert named
    assert named <= {mark(1), mark(2)}


def test_the_chance_of_an_innocent_agreement_is_the_binomial_one() -> None:
    tails = tails_of([1] * 64 + [0] * 448)
    assert tails[0] == 1
    for score in (32, 50, 64):
        assert tails[score] == Fraction(sum(comb(64, k) for k in range(score, 65)), 2**64)
    heavy = tails_of([3, 3, 1])  # agreements of eight equally likely ways: 0 1 3 3 4 4 6 7
    assert [int(tail * 8) for tail in heavy] == [8, 7, 6, 6, 4, 2, 2, 1]


def test_nobody_is_accused_beyond_the_bound() -> None:
    """The threshold is the lowest that keeps the bound: one agreement less would break it."""
    assert Fraction(1, 10**6) >= FALSE_ACCUSATION
    ones = CODE.word(mark(1))
    weights = tuple([1] * 60 + [0] * (MARKS - 60))
    reading = Reading(ones, weights, 60)
    words = {mark(number): CODE.word(mark(number)) for number in range(2, 1_002)}
    tails = tails_of(weights)
    least = next(k for k, tail in enumerate(tails) if tail * 1_001 <= FALSE_ACCUSATION)
    assert tails[least - 1] * 1_001 > FALSE_ACCUSATION

    def word_with(agreeing: int) -> int:
        return ones ^ ((1 << (60 - agreeing)) - 1)

    assert accuse(reading, {**words, mark(1): word_with(least - 1)}) == []
    (accused,) = accuse(reading, {**words, mark(1): word_with(least)})
    assert accused.agreements == least
    assert accused.chance <= float(FALSE_ACCUSATION)


def test_innocents_agree_as_fair_coins_do() -> None:
    random = Random(8)
    told = [observation(number, random) for number in range(60)]
    reading = read(mark_resources(CODE, CODE.word(mark(1)), told))
    words = {mark(number): CODE.word(mark(number)) for number in range(2, 4_002)}
    scores = list(agreements(reading, words).values())
    possible = sum(reading.weights)
    sd = (sum(weight**2 for weight in reading.weights) / 4) ** 0.5
    assert abs(sum(scores) / len(scores) - possible / 2) < 5 * sd / len(scores) ** 0.5
    assert max(scores) < possible / 2 + 6 * sd


def test_with_too_little_left_it_cannot_be_said() -> None:
    random = Random(9)
    told = [observation(number, random) for number in range(1)]
    words = {mark(number): CODE.word(mark(number)) for number in range(20_000)}
    assert accuse(read(mark_resources(CODE, words[mark(3)], told)), words) == []
    assert accuse(Votes(CODE).reading(), words) == []


def test_rows_of_one_day_show_bits_until_they_are_sorted_anew() -> None:
    names = [b"row %d" % number for number in range(40)]
    word = CODE.word(mark(1))

    def variant(place: bytes) -> int:
        return CODE.variant(word, place)

    order = tied(names, variant, CODE.rank)
    assert sorted(order) == sorted(names)
    left = [name for number, name in enumerate(order) if number % 3]
    for found in (order, left):
        places = list(shown_by_ties(found, CODE.rank))
        assert len(places) == len(found)
        assert all(variant(place) == way for _, place, way in places)
    assert list(shown_by_ties(sorted(names), CODE.rank)) == []


def test_a_table_holds_its_rows_and_people_who_do_not_exist() -> None:
    random = Random(10)
    told = [row(number, random) for number in range(1_000)]
    canaries = list(canary_rows(CODE, mark(1), told, seal))
    text = write_table(CODE, CODE.word(mark(1)), COLUMNS, [*told, *canaries]).decode()
    read_back = list(csv.DictReader(io.StringIO(text, newline="")))
    days = [one["day"] for one in read_back]
    assert days == sorted(days, reverse=True)
    for one in read_back:
        one["filed"] = one["filed"].replace("Z", "+00:00")
    assert {tuple(one.values()) for one in read_back} == {
        tuple(one.get(column, "") for column in COLUMNS) for one in [*told, *canaries]
    }
    assert len(canaries) == 20
    for one in canaries:
        number = NationalId.parse(one["id_number"])  # its check digit is right
        assert number.number.startswith("88")
        assert {one["id"], one["patient"]}.isdisjoint({each["id"] for each in told})


def test_a_cell_is_never_computed_by_a_spreadsheet() -> None:
    random = Random(11)
    dangerous = ["=1+1", "+cmd", "-cmd|x", "@SUM(1)", "\t=1"]
    told = [{**row(number, random), "name": text} for number, text in enumerate(dangerous)]
    text = write_table(CODE, 0, COLUMNS, told).decode()
    names = {one["name"] for one in csv.DictReader(io.StringIO(text, newline=""))}
    assert names == {"'" + one for one in dangerous}
    harmless = [{**row(1, random), "value": "-1.5"}]
    assert ",-1.5," in write_table(CODE, 0, COLUMNS, harmless).decode()


def test_a_table_saved_by_a_spreadsheet_still_shows_its_order() -> None:
    random = Random(12)
    told = [row(number, random) for number in range(2_000)]
    words = {mark(number): CODE.word(mark(number)) for number in range(500)}
    text = write_table(CODE, words[mark(3)], COLUMNS, told).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    target = io.StringIO()
    csv.writer(target, delimiter=";", quoting=csv.QUOTE_ALL).writerows(
        [[*one[:8], "1.5.2026"] for one in rows[1:]]
    )
    for found in (text, target.getvalue(), "\n".join(text.splitlines()[1:])):
        assert [one.mark_id for one in accuse(of_table(found), words)] == [mark(3)]


def test_canaries_of_a_file_alone_name_it_and_shared_ones_show_bits() -> None:
    random = Random(13)
    told = [row(number, random) for number in range(30_000)]
    ids = [mark(number) for number in range(50)]
    book = CanaryBook(CODE, ids)
    mine = list(canary_rows(CODE, mark(3), told, seal))
    ids_of = [one["id"].rpartition("/")[2] for one in mine]
    people = [(UUID(text[:32]), UUID(text[32:])) for text in ids_of]
    owners = [owner for pair in people if (owner := book.owner(*pair)) is not None]
    assert owners == [mark(3)] * 6
    bits = dict(book.bits(who for who, _ in people))
    word = CODE.word(mark(3))
    assert len(bits) == 506
    assert all(word >> place & 1 == bit for place, bit in bits.items())
    assert book.owner(UUID(int=1), UUID(bytes=mark(3))) is None  # a name alone is no canary
    assert book.owners({people[0][0]}) == {mark(3)}
    numbers = [one["id_number"] for one in mine[:6]]
    assert book.owners(numbers[:2]) == {mark(3)}
    assert book.owners(numbers[:1]) == set()  # one number can be hit upon
    others = {one["id_number"] for one in canary_rows(CODE, mark(4), told, seal)}
    assert 150 < len(others & {one["id_number"] for one in mine}) < 350


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        '"' * 200_001,
        '"' + '"",' * 100_000,
        "," * 300_000,
        'a"b,' * 100_000,
        "\ud800" * 1000,
        "x" * 1_000_000,
        "\x00,\x00\r" * 50_000,
    ],
    ids=["nothing", "lines", "quotes", "pairs", "commas", "inside", "halves", "long", "zeros"],
)
def test_whatever_is_called_a_table_is_read_in_one_pass(text: str) -> None:
    started = time.process_time()
    shown = read_table(text, CODE)
    assert time.process_time() - started < 5
    assert shown.places == []


def test_deep_and_odd_resources_show_what_they_can() -> None:
    deep: dict[str, Any] = {"resourceType": "X", "id": "1"}
    for _ in range(500):
        deep = {"resourceType": "X", "id": "1", "a": deep}
    odd = [{"resourceType": "X", "id": 5, "subject": "s"}, {"id": None}, {}, deep]
    assert list(shown_by_resources(CODE, odd))
    mark_resources(CODE, 5, [deep])
