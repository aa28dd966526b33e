"""Laws of the signed codes: what the region vouches for passes once, everything else is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.healthcode.digits import CodeType, decode, encode
from openhealthcode.healthcode.errors import (
    EarlyCode,
    ExpiredCode,
    ForeignCode,
    LapsedCode,
    ReplayedCode,
    RevokedCode,
    UnreadableCode,
)
from openhealthcode.healthcode.signed import (
    Capability,
    Purpose,
    ReplaySet,
    counter,
    offline,
    printed,
    verify,
    verify_counter,
)
from openhealthcode.standards import HealthCodeError, InvalidInput
from openhealthcode.standards.ids import InstitutionId
from openhealthcode.trust import (
    Ed25519Signer,
    P256Signer,
    StaleTrustList,
    UntrustedIssuer,
    UntrustedSignature,
)
from signing import HANDLE, INDEX, MIDNIGHT, NOW, REGION, SECRET, Issuing

PLACE = InstitutionId(UUID(int=7))


@pytest.fixture(scope="module")
def made():
    return Issuing.made()


@pytest.fixture(scope="module")
def trusted(made):
    return made.trusted()


@pytest.fixture(scope="module")
def texts(made):
    """A genuine code of each kind that is about a person."""
    return {
        CodeType.OFFLINE: made.shown(),
        CodeType.PRINTED: made.card(),
        CodeType.TEMPORARY: made.card(CodeType.TEMPORARY),
    }


def passed(text, trusted, now=NOW, **more):
    return verify(text, trusted, now, replays=ReplaySet(), **more)


def shown_by_the_counter(made, now=NOW, purpose=Purpose.TREAT):
    return counter.issue(
        made.issuer,
        region=REGION,
        institution_id=PLACE,
        counter=3,
        nonce=b"\1" * 8,
        purpose=purpose,
        now=now,
    )


@given(
    st.binary(min_size=16, max_size=16),
    st.integers(1 << 20, 2**32 - 1),
    st.integers(0, 999_999),
    st.integers(1, 240),
    st.integers(1, 15),
    st.integers(0, 2**24 - 1),
    st.datetimes(datetime(2026, 11, 22), datetime(2026, 11, 30)),  # noqa: DTZ001 - made aware below
)
def test_every_field_of_an_offline_code_comes_back(  # as the phone and the region wrote it
    handle, index, region, hours, allowed, count, at
):
    made, moment = Issuing.made(), at.replace(microsecond=0, tzinfo=UTC)
    certificate = made.certificate(
        handle=handle,
        index=index,
        region=region,
        lifetime_hours=hours,
        capabilities=Capability(allowed),
    )
    text = offline.show(made.device, certificate, moment, Purpose(allowed), counter=count)
    read = offline.read(text)
    assert (len(text), len(read.data)) == (497, 203)
    assert read.certificate.handle == handle
    assert (read.certificate.index, read.certificate.origin.region) == (index, region)
    assert read.certificate.not_after - read.certificate.not_before == timedelta(hours=hours)
    assert (read.certificate.capabilities, read.purposes) == (allowed, allowed)
    assert (read.shown_at, read.counter) == (moment, count)
    assert read.certificate.data == certificate


@given(
    st.sampled_from([CodeType.PRINTED, CodeType.TEMPORARY]),
    st.binary(min_size=16, max_size=16),
    st.integers(0, 255),
    st.dates(date(2020, 1, 1), date(2199, 1, 1)),
)
def test_every_field_of_a_card_comes_back(kind, handle, version, last_day):
    made = Issuing.made()
    text = made.card(kind, handle=handle, card_version=version, last_day=last_day)
    read = printed.read(text, kind)
    assert len(text) == 238
    assert (read.kind, read.handle, read.card_version) == (kind, handle, version)
    assert (read.last_day, read.index, read.origin.region) == (last_day, INDEX + 1, REGION)


@pytest.mark.parametrize("issuer", [P256Signer, Ed25519Signer])
@pytest.mark.parametrize("kind", [CodeType.OFFLINE, CodeType.PRINTED, CodeType.TEMPORARY])
def test_a_genuine_code_passes_under_either_suite(issuer, kind):
    made = Issuing.made(issuer.derived(SECRET, b"issuer"))
    text = made.shown() if kind is CodeType.OFFLINE else made.card(kind)
    verified = passed(text, made.trusted())
    assert (verified.kind, verified.handle, verified.origin.region) == (kind, HANDLE, REGION)
    assert not verified.is_marked
    assert verified.evidence == text


def test_no_change_of_any_byte_passes(texts, trusted):
    accepted = []
    for kind, text in texts.items():
        data = decode(text, kind)
        for place in range(len(data)):
            for change in (0x01, 0x80, 0xFF):
                changed = bytearray(data)
                changed[place] ^= change
                try:
                    passed(encode(kind, bytes(changed)), trusted)
                    accepted.append((kind, place, change))
                except HealthCodeError:
                    pass
    assert accepted == []


@given(st.sampled_from(CodeType), st.integers(1, 209), st.data())
def test_no_cut_or_lengthened_code_passes(texts, trusted, kind, length, drawn):
    text = drawn.draw(st.sampled_from(list(texts.values())))
    data = decode(text, CodeType(text[:3]))
    if (kind, length) == (CodeType(text[:3]), len(data)):
        return
    with pytest.raises(HealthCodeError):
        passed(encode(kind, data[:length].ljust(length, b"\0")), trusted)


def test_no_field_of_one_code_passes_in_another(made, trusted):
    """All splices of two certificates and two showings, piece by piece."""
    pieces = ((0, 1), (1, 2), (2, 5), (5, 9), (9, 25), (25, 29), (29, 32), (32, 33), (33, 34),
              (34, 67), (67, 131), (131, 135), (135, 136), (136, 139), (139, 203))  # fmt: skip
    other = P256Signer.derived(SECRET, b"another phone")
    one = decode(made.shown(), CodeType.OFFLINE)
    second = made.certificate(handle=b"\7" * 16, index=INDEX + 9, device_key=other.public_key)
    later = offline.show(other, second, NOW + timedelta(seconds=9), Purpose.SETTLE, counter=2)
    two = decode(later, CodeType.OFFLINE)
    passing = []
    for first, last in pieces:
        for ours, theirs in permutations((one, two)):
            spliced = ours[:first] + theirs[first:last] + ours[last:]
            if spliced == ours:
                continue
            try:
                passed(encode(CodeType.OFFLINE, spliced), trusted)
                passing.append((first, last))
            except HealthCodeError:
                pass
    assert passing == []


def test_a_card_does_not_pass_as_a_temporary_code_nor_the_other_way_round(texts, trusted):
    for kind, wrong in ((CodeType.PRINTED, CodeType.TEMPORARY),) * 2:
        for ours, theirs in ((kind, wrong), (wrong, kind)):
            data = bytearray(decode(texts[ours], ours))
            with pytest.raises(UnreadableCode):
                passed(encode(theirs, bytes(data)), trusted)
            data[0] = data[0] & 0xF0 | int(theirs[2])
            with pytest.raises(UntrustedSignature):
                passed(encode(theirs, bytes(data)), trusted)


def test_the_other_signature_of_the_same_code_is_refused(texts, trusted):
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for kind in (CodeType.OFFLINE, CodeType.PRINTED):
        data = decode(texts[kind], kind)
        s = order - int.from_bytes(data[-32:])
        with pytest.raises(UntrustedSignature):
            passed(encode(kind, data[:-32] + s.to_bytes(32)), trusted)


@pytest.mark.parametrize(
    ("seconds", "refused"),
    [
        (-61, EarlyCode),
        (-60, None),
        (0, None),
        (119, None),
        (120, ExpiredCode),
        (86_400, ExpiredCode),
    ],
)
def test_the_phones_clock_may_be_a_minute_ahead_and_two_behind(made, trusted, seconds, refused):
    text = made.shown()
    now = NOW + timedelta(seconds=seconds)
    if refused is None:
        assert passed(text, trusted, now).handle == HANDLE
    else:
        with pytest.raises(refused):
            passed(text, trusted, now)


def test_a_certificate_is_worth_something_from_its_first_moment_to_before_its_last(made):
    for at, good in ((MIDNIGHT, True), (MIDNIGHT - timedelta(seconds=1), False),
                     (MIDNIGHT + timedelta(hours=240), False),
                     (MIDNIGHT + timedelta(hours=240, seconds=-1), True)):  # fmt: skip
        text = made.shown(at)
        fresh = made.trusted(at=at)
        if good:
            assert passed(text, fresh, at).handle == HANDLE
        else:
            with pytest.raises(LapsedCode):
                passed(text, fresh, at)


def test_a_card_is_good_to_the_end_of_its_last_day_in_china(made):
    end = datetime(2026, 11, 27, 16, tzinfo=UTC)
    fresh = made.trusted(at=end - timedelta(days=1))
    for kind in (CodeType.PRINTED, CodeType.TEMPORARY):
        assert passed(made.card(kind), fresh, end - timedelta(seconds=1)).until == end
        with pytest.raises(LapsedCode):
            passed(made.card(kind), fresh, end)


def test_a_temporary_code_that_would_last_longer_than_a_week_is_refused(made, trusted):
    far = date(2026, 12, 15)
    assert passed(made.card(last_day=far), trusted).kind is CodeType.PRINTED
    with pytest.raises(EarlyCode):
        passed(made.card(CodeType.TEMPORARY, last_day=far), trusted)


def test_a_code_passes_once_at_one_desk_and_a_card_every_time(made, trusted):
    replays = ReplaySet()
    verify(made.shown(), trusted, NOW, replays=replays)
    for again in (made.shown(), made.shown(NOW + timedelta(seconds=5))):
        with pytest.raises(ReplayedCode):
            verify(again, trusted, NOW, replays=replays)
    for _ in range(2):
        verify(made.card(), trusted, NOW, replays=replays)


def test_what_is_refused_is_not_remembered_as_shown(made, trusted):
    replays = ReplaySet()
    with pytest.raises(ExpiredCode):
        verify(made.shown(), trusted, NOW + timedelta(hours=1), replays=replays)
    verify(made.shown(), trusted, NOW, replays=replays)


def test_a_desk_forgets_handles_that_lapsed_and_no_others():
    replays = ReplaySet()
    for number in range(1100):
        assert replays.take(b"old%d" % number, NOW, NOW - timedelta(days=1))
    assert replays.take(b"kept", NOW + timedelta(days=2), NOW)
    assert replays.take(b"one more", NOW + timedelta(days=2), NOW)
    assert not replays.take(b"kept", NOW + timedelta(days=2), NOW)
    assert replays.take(b"old1", NOW, NOW)


@pytest.mark.parametrize("kind", [CodeType.OFFLINE, CodeType.PRINTED])
def test_a_revoked_code_is_refused_by_its_index(made, kind):
    text = made.shown() if kind is CodeType.OFFLINE else made.card()
    index = INDEX if kind is CodeType.OFFLINE else INDEX + 1
    with pytest.raises(RevokedCode):
        passed(text, made.trusted(revoked=[index]))
    passed(text, made.trusted(revoked=[index + 5]))


def test_an_index_the_list_does_not_reach_is_taken_as_revoked(made, trusted):
    with pytest.raises(RevokedCode):
        passed(made.card(index=1 << 24), trusted)


def test_an_issuer_is_believed_only_in_its_time_place_and_suite(made):
    for changes in (
        {"believed_from": NOW + timedelta(seconds=1)},
        {"believed_until": NOW},
        {"region": REGION + 1},
        {"signs_until": MIDNIGHT},
    ):
        with pytest.raises(UntrustedIssuer):
            passed(made.shown(), made.trusted(**changes))
    stranger = Issuing.made(P256Signer.generate())
    with pytest.raises(UntrustedIssuer):
        passed(stranger.shown(), made.trusted())
    with pytest.raises(UntrustedIssuer):
        passed(stranger.card(), made.trusted())


def test_a_list_of_a_week_marks_and_one_of_ten_days_refuses(made):
    for days, marked in ((7, False), (8, True), (10, True)):
        old = made.trusted(at=NOW - timedelta(days=days))
        assert passed(made.shown(), old).is_marked is marked
    for age in (timedelta(days=10, seconds=1), timedelta(minutes=-6)):
        with pytest.raises(StaleTrustList):
            passed(made.shown(), made.trusted(at=NOW - age))


def test_an_answer_to_a_counter_is_worth_nothing_elsewhere(made, trusted):
    asked = verify_counter(shown_by_the_counter(made), trusted, NOW)
    assert (asked.institution_id, asked.counter, asked.purpose) == (PLACE, 3, Purpose.TREAT)
    answer = made.shown(challenge=asked.challenge)
    assert passed(answer, trusted, challenge=asked.challenge).handle == HANDLE
    other = counter.read(shown_by_the_counter(made, NOW + timedelta(seconds=1)))
    for wrong in (b"", other.challenge):
        with pytest.raises(UntrustedSignature):
            passed(answer, trusted, challenge=wrong)
    with pytest.raises(UntrustedSignature):
        passed(made.shown(), trusted, challenge=asked.challenge)


def test_a_counters_code_is_good_for_a_minute_and_opens_nothing_at_a_desk(made, trusted):
    text = shown_by_the_counter(made)
    assert len(text) == 257
    verify_counter(text, trusted, NOW + timedelta(seconds=59))
    with pytest.raises(ExpiredCode):
        verify_counter(text, trusted, NOW + timedelta(seconds=60))
    with pytest.raises(EarlyCode):
        verify_counter(text, trusted, NOW - timedelta(seconds=61))
    with pytest.raises(StaleTrustList):
        verify_counter(text, made.trusted(at=NOW - timedelta(days=11)), NOW)
    with pytest.raises(ForeignCode):
        passed(text, trusted)


def test_no_change_of_any_byte_of_a_counters_code_passes(made, trusted):
    data = decode(shown_by_the_counter(made), CodeType.COUNTER)
    for place in range(len(data)):
        for change in (0x01, 0x80, 0xFF):
            changed = bytearray(data)
            changed[place] ^= change
            with pytest.raises(HealthCodeError):
                verify_counter(encode(CodeType.COUNTER, bytes(changed)), trusted, NOW)


def test_two_certificates_of_one_phone_share_only_what_is_the_regions(made):
    one, two = (
        made.certificate(handle=handle, index=index, device_key=P256Signer.generate().public_key)
        for handle, index in ((b"\xaa" * 16, 0x55555555), (b"\x55" * 16, 0xAAAAAAAA))
    )
    same = {place for place in range(67) if one[place] == two[place]}
    public = {*range(9), *range(29, 34)}
    assert public <= same
    assert same - public <= set(range(34, 67))  # bytes of two random points, now and then


@pytest.mark.parametrize(
    "changes",
    [{"lifetime_hours": 0}, {"lifetime_hours": 241}, {"not_before": NOW},
     {"not_before": MIDNIGHT + timedelta(hours=1)}],
)  # fmt: skip
def test_no_certificate_is_made_that_would_be_refused(made, changes):
    with pytest.raises(InvalidInput):
        made.certificate(**changes)


@given(st.text("0123456789", max_size=520) | st.text(max_size=80))
def test_no_text_whatever_does_more_than_be_refused(trusted, text):
    for head in ("", "852", "853", "856"):
        with pytest.raises(HealthCodeError):
            passed(head + text, trusted)
    with pytest.raises(HealthCodeError):
        verify_counter("854" + text, trusted, NOW)
