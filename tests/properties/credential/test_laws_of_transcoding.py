"""What both forms can state survives the way there and back; what one cannot is told."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import NOW, STATEMENTS, Issuing
from openhealthcode.credential import (
    Form,
    Statement,
    UnreadableCredential,
    base45,
    bundle,
    claims,
    read,
    transcode,
)
from openhealthcode.standards import HealthCodeError
from openhealthcode.trust import UnreadableToken, read_cbor

ISSUING = Issuing()
ISSUERS = ISSUING.issuers()


@given(STATEMENTS)
def test_a_bundle_says_what_went_into_it(statement: Statement):
    found, losses = bundle.statement_of(bundle.bundle_of(statement))
    assert losses == ()
    assert found == _as_told(statement)


@given(STATEMENTS)
def test_a_content_says_what_went_into_it(statement: Statement):
    found, losses = claims.statement_of(claims.claims_of(statement))
    assert losses == ()
    assert found == statement


@settings(deadline=None, max_examples=60)
@given(STATEMENTS)
def test_there_and_back_is_the_same_but_for_what_was_told_as_lost(statement: Statement):
    first = read(ISSUING.issue(Form.CERTIFICATE, statement).text, ISSUERS, NOW)
    card = transcode(first, Form.HEALTH_CARD, ISSUING.by, now=NOW, rid="r")
    there = read(card.text, ISSUERS, NOW)
    back = transcode(there, Form.CERTIFICATE, ISSUING.by, now=NOW, rid="")
    again = read(back.text, ISSUERS, NOW)
    assert there.statement == again.statement == _as_told(card.statement)
    if not card.losses:
        assert there.statement == _as_told(first.statement)


@given(st.binary(max_size=400))
def test_base_45_is_one_text_for_each_bytes(data: bytes):
    assert base45.decode(base45.encode(data)) == data


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:", max_size=60))
def test_whatever_base_45_takes_it_writes_again(text: str):
    try:
        data = base45.decode(text)
    except ValueError:
        return
    assert base45.encode(data) == text


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader_of_tokens(data: bytes):
    with suppress(UnreadableToken):
        read_cbor(data, is_tagged=True)


@given(st.text(max_size=200), st.sampled_from(["", "HC1:", "shc:/"]))
def test_no_text_is_taken_for_a_card(text: str, prefix: str):
    try:
        read(prefix + text, ISSUERS, NOW)
    except HealthCodeError as error:
        assert isinstance(error, UnreadableCredential)  # noqa: PT017 - the kind is the point
    else:
        raise AssertionError("a random text was believed")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(st.dictionaries(st.sampled_from(["resourceType", "name", "status", "code"]), _JSON | st.sampled_from(["Patient", "Immunization", "Observation"])), max_size=3))  # fmt: skip
def test_no_bundle_breaks_the_reader(resources: list):
    entries = [{"resource": one} for one in [{"resourceType": "Patient"}, *resources]]
    found, _ = bundle.statement_of({"resourceType": "Bundle", "entry": entries})
    assert isinstance(found, Statement)


def _as_told(statement: Statement) -> Statement:
    """A Bundle does not tell an emergency summary without a line from none."""
    told = statement.emergency
    if told is None or told.no_known_allergy or any(told.of(part) for part in bundle.Part):
        return statement
    return Statement(statement.person, statement.doses)
