"""An issuer of health cards and certificates with keys of its own, and what it may state."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

import cbor2
from hypothesis import strategies as st

from openhealthcode.credential import (
    Coded,
    Dose,
    Emergency,
    Form,
    Issued,
    IssuedBy,
    Issuer,
    Issuers,
    Item,
    Person,
    Statement,
    base45,
    certificate_key_id,
    issue_fitting,
)
from openhealthcode.trust import P256Signer, PublishedKey, key_of_point

ADDRESS = "https://health.example"
NAME = "Example Region"
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
RID = "r1D-_aaaaaaa"

WANG = Person(name="王敏", birth_date="1987-03-05", sex="female")
DOSES = (
    Dose(
        Coded("http://hl7.org/fhir/sid/cvx", "207"),
        day="2021-03-04",
        lot="A12",
        maker="青岚生物",
        disease=Coded("http://snomed.info/sct", "840539006"),
        number=1,
        of=2,
        by="东城接种门诊",
    ),
    Dose(Coded(text="流感疫苗"), day="2025-10"),
)
SUMMARY = Emergency(
    allergies=(Item(Coded(text="青霉素"), note="皮疹", since="2001", is_high_risk=True),),
    blood=(Item(Coded(text="A Rh+")),),
    medication=(
        Item(Coded("http://www.whocc.no/atc", "C08CA01", "氨氯地平"), note="5 mg 每日一次"),
    ),
    problems=(Item(Coded("http://hl7.org/fhir/sid/icd-10", "I10", "高血压"), since="2019-05"),),
    implants=(Item(Coded(text="心脏起搏器"), since="2022"),),
    contacts=(Item(Coded(text="13800000000"), note="配偶"),),
)
BOTH = Statement(WANG, DOSES, SUMMARY)
VACCINATED = Statement(WANG, DOSES)
IN_AN_EMERGENCY = Statement(WANG, emergency=SUMMARY)


@dataclass
class Issuing:
    """An issuer, and the list it is on."""

    signer: P256Signer = field(default_factory=P256Signer.generate)

    @property
    def key(self) -> PublishedKey:
        return key_of_point(self.signer.public_key)

    @property
    def by(self) -> IssuedBy:
        return IssuedBy(self.signer, ADDRESS, NAME)

    def issuers(self, **changes) -> Issuers:
        return Issuers(
            [
                Issuer(NAME, self.key, self.key.thumbprint, ADDRESS, **changes),
                Issuer(NAME, self.key, certificate_key_id(self.key.spki)),
            ]
        )

    def issue(self, form: Form, statement: Statement, **changes) -> Issued:
        arguments = {"issued_at": NOW, "rid": RID} | changes
        return issue_fitting(form, self.by, statement, **arguments)


def certificate_of(message: object) -> str:
    """The text of whatever is put into a certificate, well formed or not."""
    data = message if isinstance(message, bytes) else cbor2.dumps(message)
    return "HC1:" + base45.encode(zlib.compress(data))


_WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
_DAYS = st.sampled_from(["", "2021", "2021-03", "2021-03-04", "2026-02-28"])
_CODED = st.builds(Coded, _WORDS, _WORDS, _WORDS)
_ITEMS = st.lists(st.builds(Item, _CODED, _WORDS, _DAYS, st.booleans()), max_size=2).map(tuple)
_PLAIN_ITEMS = st.lists(st.builds(Item, _CODED, _WORDS, _DAYS), max_size=2).map(tuple)
_DOSES = st.lists(
    st.builds(
        Dose, _CODED, _DAYS, _WORDS, _WORDS, _CODED, st.integers(0, 9), st.integers(0, 9), _WORDS
    ),
    max_size=3,
).map(tuple)
_PERSONS = st.builds(
    Person,
    _WORDS.filter(bool),
    _WORDS,
    st.lists(_WORDS.filter(bool), max_size=2).map(tuple),
    _DAYS,
    st.sampled_from(["", "female", "male", "other", "unknown"]),
)
_BLOOD = st.lists(st.builds(Item, _CODED), max_size=1).map(tuple)
_CONTACTS = st.lists(st.builds(Item, st.builds(Coded, text=_WORDS), _WORDS), max_size=2).map(tuple)
STATEMENTS = st.builds(
    Statement,
    _PERSONS,
    _DOSES,
    st.none()
    | st.builds(
        Emergency,
        _ITEMS,
        _BLOOD,
        _PLAIN_ITEMS,
        _PLAIN_ITEMS,
        _PLAIN_ITEMS,
        _CONTACTS,
        st.booleans(),
    ),
)
"""Everything both forms can state."""
