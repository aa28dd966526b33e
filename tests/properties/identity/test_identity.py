"""Laws of who is who: order does not matter, doubt never becomes certainty."""

from __future__ import annotations

from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from openhealthcode.identity import Known, New, Review, normalise_name
from openhealthcode.identity.model import Claim, Holder
from openhealthcode.identity.rules import decide
from openhealthcode.standards.ids import ResidentId

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
LATIN = st.sampled_from("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZéüñ")
names = st.text(HAN | LATIN, min_size=1, max_size=12)
separators = st.text(" \u3000·•．・‧-'", max_size=2)

hashes = st.integers(1, 4).map(lambda number: bytes([number]) * 32)
residents = st.integers(1, 3).map(lambda number: ResidentId(UUID(int=number)))
claims = st.builds(Claim, hashes, hashes, st.none() | hashes, st.none() | hashes, st.booleans())
registrations = st.lists(claims, min_size=1, max_size=4, unique_by=lambda c: c.identifier_key)
registers = st.lists(
    st.builds(Holder, residents, claims), max_size=4, unique_by=lambda h: h.claim.identifier_key
).map(lambda holders: {holder.claim.identifier_key: holder for holder in holders})
national = st.none() | hashes


def asked_for(registration, register):
    """What the database answers: the holders of the certificates that are asked for."""
    keys = {claim.identifier_key for claim in registration}
    return {key: holder for key, holder in register.items() if key in keys}


@given(names, st.data())
def test_separators_anywhere_change_nothing(name, data):
    spread = "".join(character + data.draw(separators) for character in name)
    assert normalise_name(spread) == normalise_name(name)


@given(names)
def test_normalising_twice_changes_nothing(name):
    assert normalise_name(normalise_name(name)) == normalise_name(name)


@given(st.text(HAN, min_size=1, max_size=4), st.text(HAN, min_size=1, max_size=4))
def test_different_chinese_names_stay_different(one, other):
    assume(one != other)
    if normalise_name(one) == one and normalise_name(other) == other:
        assert normalise_name(one) != normalise_name(other)


@given(registrations, registers, national, st.randoms())
def test_the_order_of_certificates_does_not_matter_to_whom(registration, register, own, random):
    holders = asked_for(registration, register)
    shuffled = random.sample(registration, len(registration))
    one, other = decide(registration, holders, own), decide(shuffled, holders, own)
    assert type(one) is type(other)
    if isinstance(one, Known):
        assert one == other
    if isinstance(one, Review) and isinstance(other, Review):
        assert one.residents == other.residents


@given(registrations, registers, national)
def test_a_registered_certificate_never_makes_a_second_resident(registration, register, own):
    holders = asked_for(registration, register)
    decision = decide(registration, holders, own)
    assert isinstance(decision, New) == (not holders)


@given(registrations, registers, national)
def test_only_one_resident_under_one_name_is_known(registration, register, own):
    holders = asked_for(registration, register)
    decision = decide(registration, holders, own)
    if isinstance(decision, Known):
        assert {holder.resident_id for holder in holders.values()} == {decision.resident_id}
        for claim in registration:
            holder = holders.get(claim.identifier_key)
            assert holder is None or holder.claim.name_key == claim.name_key
    if isinstance(decision, Review):
        assert {holder.resident_id for holder in holders.values()} == set(decision.residents)


@given(registrations, registers, national)
def test_registering_the_same_again_is_known(registration, register, own):
    """What was written for a new resident agrees with itself."""
    holders = asked_for(registration, register)
    if isinstance(decide(registration, holders, own), New):
        resident_id = ResidentId(UUID(int=9))
        nationals = [claim.identifier_key for claim in registration if claim.is_national]
        assume(len(nationals) <= 1)
        written = {claim.identifier_key: Holder(resident_id, claim) for claim in registration}
        own = nationals[0] if nationals else None
        assert decide(registration, written, own) == Known(resident_id)
