"""What the published figures of the master index are counted with."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.identity.matching import Field, Level, Model, Rule, default_model
from openhealthcode.standards.national_id import check_character
from performance.identity import febrl, training
from performance.identity.agreement import Agreement, closure, of_clusters, of_pairs
from performance.identity.corpus.profiles import LEGACY, MODERN, PROFILES
from performance.identity.corpus.records import Record, corpus
from performance.identity.engine import (
    MasterIndex,
    registration_of,
    variants_beside_numbers,
    variants_of,
)
from performance.identity.twins import absent_twins

LI = "88010219800101003" + check_character("88010219800101003")


def record(place: int, person: int, **said: str) -> Record:
    plain = {
        "received": "2020-01-01",
        "kind": "01" if said.get("number") else "",
        "number": "",
        "name": "李秀英",
        "sex": "male",
        "birth_date": "1980-01-01",
        "phone": "",
        "address": "",
        "mother_number": "",
    }
    return Record(place, person, person, **(plain | said))


def outcome(*records: Record):
    return MasterIndex(records, variants_of(records), default_model()).run()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=30))
def test_pairs_within_clusters_are_counted_as_if_listed(labels):
    clusters, truth = [one for one, _ in labels], [other for _, other in labels]
    everyone = range(len(labels))

    def listed(of: list[int]) -> set[tuple[int, int]]:
        return {(a, b) for a in everyone for b in everyone if a < b and of[a] == of[b]}

    assert of_clusters(clusters, truth) == of_pairs(listed(clusters), listed(truth))


def test_an_agreement_in_figures():
    half = Agreement(right=1, wrong=1, missed=1)
    assert (half.precision, half.recall, half.f1) == (0.5, 0.5, 0.5)
    nothing = Agreement(0, 0, 0)
    assert (nothing.precision, nothing.recall, nothing.f1) == (1.0, 1.0, 1.0)


def test_pairs_add_up_to_clusters():
    clusters = closure([(0, 1), (1, 2), (4, 3)], 6)
    assert len({clusters[0], clusters[1], clusters[2]}) == 1
    assert clusters[3] == clusters[4]
    assert len(set(clusters)) == 3


def test_a_wrong_automatic_link_is_counted():
    found = outcome(record(1, 1, number=LI), record(2, 2, number=LI))
    assert found.wrong_links == [(1, Rule.D1)]
    assert found.wrong_per_million == 500_000
    assert found.after_review == Agreement(right=0, wrong=1, missed=0)


def test_what_is_doubted_is_decided_by_who_knows():
    found = outcome(
        record(1, 1, number=LI),
        record(2, 1, number=LI, name="王芳"),
        record(3, 2, number=LI, name="张伟"),
    )
    assert found.reviewed == {Rule.D2: 2}
    assert found.review_found == 1
    assert not found.wrong_links
    assert found.after_review.f1 == 1.0
    assert found.without_review == Agreement(right=0, wrong=0, missed=1)
    assert found.review_per_1000 == pytest.approx(2000 / 3)


def test_other_certificates_find_their_holder_if_the_name_agrees():
    passport = {"kind": "03", "number": "E12345678"}
    found = outcome(record(1, 1, **passport), record(2, 1, **passport))
    assert found.linked == {Rule.D1: 1}
    found = outcome(record(1, 1, **passport), record(2, 2, name="王芳", **passport))
    assert found.reviewed == {Rule.D2: 1}


def test_batch_linkage_finds_who_was_left_because_a_number_linked_at_once():
    phone = {"phone": "19901234567"}
    found = outcome(
        record(1, 1, birth_date="", **phone),
        record(2, 1, number=LI),
        record(3, 1, number=LI, **phone),
    )
    assert (found.audited, found.audit_found) == (1, 1)
    assert found.after_audit.missed < found.after_review.missed


def test_a_number_that_the_door_refuses_is_left_out():
    assert not registration_of(record(1, 1, number=LI[:16] + "5" + LI[17:])).certificates
    assert not registration_of(record(1, 1, number=LI, birth_date="2015-05-05")).certificates
    assert registration_of(record(1, 1, number=LI, birth_date="1980-02-01")).certificates
    assert registration_of(record(1, 1, number="880102800101003")).certificates[0].number == LI
    assert registration_of(record(1, 1, phone="0")).phone is None


def test_no_absent_twin_is_linked_to_the_co_twin():
    for profile in (MODERN, LEGACY):
        found = absent_twins(profile, default_model(), pairs=150, seed=9)
        assert found.absent == 150
        assert found.wrongly_linked == 0
        assert found.reviewed > 0


@pytest.mark.parametrize(("profile", "least"), [(MODERN, 0.997), (LEGACY, 0.975)])
def test_the_model_that_comes_with_the_program_is_right_on_another_seed(profile, least):
    records = corpus(profile, records=4_000, seed=99)
    found = MasterIndex(records, variants_of(records), default_model()).run()
    assert not found.wrong_links
    assert found.after_audit.f1 >= least


def test_a_model_is_estimated_from_shared_numbers_and_strangers(monkeypatch):
    monkeypatch.setattr(training, "_RANDOM_PAIRS", 4_000)
    rows = [
        variants_beside_numbers(corpus(one, records=3_000, seed=1)) for one in PROFILES.values()
    ]
    written = training.model_file(rows, Random(1), version="test", provenance={"seed": 1})
    model = Model.load(written)
    assert model.version == "test"
    for field in (Field.FAMILY, Field.GIVEN, Field.BIRTH, Field.SEX, Field.CONTACT, Field.NUMBER):
        agreeing = Level.SAME_PHONE if field is Field.CONTACT else Level.EQUAL
        assert model.weights[field][agreeing].bits > 0 > model.weights[field][Level.DIFFERENT].bits
    known = json.loads(written)["openhealthcode"]["term_frequencies"]
    assert known["family"]["王"] > 0.04
    assert all(day.endswith("-01-01") for day in known["birth"])


def test_letters_are_compared_without_labels():
    """Six people in two files, each once misspelt, and strangers all around."""
    rng = Random(3)
    syllables = [
        "ba",
        "do",
        "ki",
        "lu",
        "mer",
        "tan",
        "von",
        "rich",
        "stone",
        "field",
        "gray",
        "hal",
    ]

    def name() -> str:
        return "".join(rng.sample(syllables, 3))

    rows, files, persons = [], [], []
    for person in range(300):
        row = {
            "given_name": name(), "surname": name(), "street_number": str(rng.randrange(99)),
            "address_1": name(), "address_2": name(), "suburb": name(), "state": "nsw",
            "postcode": str(rng.randrange(1000, 9999)), "date_of_birth": f"19{rng.randrange(10, 99)}0512",
        }  # fmt: skip
        for file in (0, 1):
            rows.append({**row, "surname": row["surname"][file:], "state": "nsw"})
            files.append(file)
            persons.append(str(person))
    data = febrl.DataSet(rows, files, persons)
    found = febrl.agreement(data, febrl.linked(data))
    assert found.f1 > 0.98
    assert data.pairs == 300 * 300


def test_one_file_is_judged_after_closure():
    data = febrl.DataSet([{}, {}, {}], [0, 0, 0], ["1", "1", "1"])
    assert data.pairs == 3
    assert febrl.agreement(data, [(0, 1), (1, 2)]).f1 == 1.0


def test_a_date_that_cannot_be_keeps_its_parts():
    row = dict.fromkeys(
        ("given_name", "surname", "street_number", "address_1", "address_2", "suburb", "state",
         "postcode"), ""
    )  # fmt: skip
    assert febrl.variant({**row, "date_of_birth": "19811399"}).birth == "1981-13-99"
    assert febrl.variant({**row, "date_of_birth": "198"}).birth == ""
