"""Laws of answering a look-up: nothing but what was asked, and only about who could be named."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

import visits
from openhealthcode.access.lookups import Agreement, Matched
from openhealthcode.access.lookups.agreement import agreement_of
from openhealthcode.fhir.person import asked_in
from openhealthcode.identity import Registration
from openhealthcode.identity.matching import MatchGrade
from openhealthcode.standards import Certificate, CertificateKind, Phone, Sex

NAMES = st.sampled_from(["李试", "李是", "王某某", "欧阳娜娜", "Ammie Huels", "买买提·艾力"])
CARDS = st.sampled_from([2, 4, 6]).map(
    lambda n: Certificate.parse(CertificateKind.NATIONAL_ID, visits.national_id(n))
)
PHONES = st.sampled_from(["13912340056", "13912340057"]).map(Phone.parse)
registrations = st.builds(
    Registration,
    certificates=st.lists(CARDS, max_size=2, unique=True).map(tuple),
    name=NAMES,
    sex=st.sampled_from(Sex),
    birth_date=st.none() | st.sampled_from([date(1959, 4, 18), date(1990, 5, 1)]),
    phone=st.none() | PHONES,
)
persons = st.lists(registrations, max_size=3)
agreements = st.builds(
    Agreement,
    sounds_named=st.booleans(),
    certificates=st.lists(CARDS, max_size=2, unique=True).map(tuple),
    name=st.booleans(),
    sex=st.booleans(),
    birth_date=st.booleans(),
    phone=st.booleans(),
)


def patient_of(said: Registration) -> dict[str, object]:
    """The question as a system writes it."""
    found = {
        "resourceType": "Patient",
        "identifier": [
            {"system": "urn:oid:2.16.156.10011.1.3", "value": one.number}
            for one in said.certificates
        ],
        "name": [{"text": said.name}],
        "telecom": [{"system": "phone", "value": said.phone.number}] if said.phone else [],
        "gender": said.sex.value,
        "birthDate": said.birth_date.isoformat() if said.birth_date else None,
        "address": [{"text": "黛川市幸福路 1 号"}],
    }
    return {name: value for name, value in found.items() if value}


def values_in(value: object) -> set[str]:
    """Every text that stands anywhere in it."""
    if isinstance(value, dict):
        return set().union(*(values_in(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(values_in(each) for each in value)) if value else set()
    return {str(value)}


@given(registrations, agreements)
def test_an_answer_says_nothing_that_was_not_asked(said, agrees):
    asked = asked_in(patient_of(said), "p")
    answer = asked.as_far_as_true(Matched("the-id", MatchGrade.POSSIBLE, 0.5, agrees))
    assert values_in(answer) - {"the-id"} <= values_in(asked.patient)
    assert "address" not in answer


@given(registrations)
def test_a_question_is_read_as_it_was_written(said):
    asked = asked_in(patient_of(said), "p").registration
    assert asked.name == said.name
    assert (asked.birth_date, asked.phone) == (said.birth_date, said.phone)
    assert {one.normalised for one in asked.certificates} == {
        one.normalised for one in said.certificates
    }


@given(registrations, persons, registrations)
def test_what_is_known_besides_takes_no_agreement_away(said, known, more):
    before, after = agreement_of(said, known), agreement_of(said, [*known, more])
    assert set(before.certificates) <= set(after.certificates)
    for part in ("sounds_named", "name", "sex", "birth_date", "phone", "names_somebody"):
        assert getattr(after, part) >= getattr(before, part)


@given(registrations, persons)
def test_nobody_is_named_by_a_name_alone_or_without_one(said, known):
    agrees = agreement_of(said, known)
    if not (agrees.certificates or agrees.birth_date or agrees.phone) or not agrees.sounds_named:
        assert not agrees.names_somebody


@given(registrations, persons)
def test_who_fits_to_the_letter_is_named_if_anything_but_the_name_was_said(said, known):
    agrees = agreement_of(said, known)
    if agrees.covers(said) and (said.certificates or said.birth_date or said.phone):
        assert agrees.names_somebody


@given(registrations)
def test_everybody_fits_what_they_were_registered_with(said):
    assert agreement_of(said, [said]).covers(said)
