"""Laws of the quality gate: it answers for whatever is registered, and trusts no field back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.identity import Registration, quality
from openhealthcode.identity.quality import Effect
from openhealthcode.standards import Certificate, CertificateKind, Phone, Sex

AT = datetime(2026, 11, 22, tzinfo=UTC)
WORDS = st.sampled_from(
    ["李", "秀英", "路", "1号", "演示县", "无", "test", "·", " ", "１２３４５６", "之子"]
)
TEXTS = st.lists(WORDS, max_size=6).map("".join) | st.text(max_size=20)
REGISTRATIONS = st.builds(
    Registration,
    st.just((Certificate.parse(CertificateKind.PASSPORT, "E1234567"),)),
    TEXTS,
    st.sampled_from(Sex),
    st.none() | st.dates(date(1700, 1, 1), date(2100, 1, 1)),
    st.none() | st.sampled_from(["13800000000", "13912345678"]).map(Phone.parse),
    TEXTS,
)


@given(REGISTRATIONS, st.integers(0, 100))
def test_every_registration_gets_an_answer(registration, sharing):
    found = quality.examine(registration, AT, phone_holders=sharing)
    assert set(quality.told(found)) <= {rule.code for rule in found}
    assert quality.is_set_aside(found) == any(rule.effect is Effect.SET_ASIDE for rule in found)


@given(REGISTRATIONS)
def test_trusting_changes_nothing_but_leaving_out(registration):
    trusted = quality.trusted(registration, AT)
    for field in ("name", "birth_date", "phone", "address"):
        assert getattr(trusted, field) in (getattr(registration, field), None, "")
    assert (
        replace(
            trusted,
            name=registration.name,
            birth_date=registration.birth_date,
            phone=registration.phone,
            address=registration.address,
        )
        == registration
    )


@given(REGISTRATIONS, st.integers(0, 50), st.integers(0, 50))
def test_more_who_share_a_phone_never_make_it_better(registration, some, more):
    few = quality.examine(registration, AT, phone_holders=some)
    many = quality.examine(registration, AT, phone_holders=some + more)
    assert {rule.code for rule in few} <= {rule.code for rule in many}
