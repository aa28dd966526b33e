"""An event is one byte string; change anything in it and it is another one."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from openhealthcode.audit import (
    Action,
    Agent,
    AgentKind,
    ChainState,
    Event,
    Outcome,
    next_link,
)
from openhealthcode.standards import PurposeOfUse, Scene
from openhealthcode.transparency.leaf import (
    EMPTY_CHAIN,
    canonical,
    commitment,
    is_what_it_committed_to,
)
from openhealthcode.trust import KeyClass, Keys, log_aad

LI, ZHANG, CLINIC = UUID(int=1), UUID(int=2), UUID(int=3)
AT = datetime(2026, 11, 22, 2, 0, 0, 1, tzinfo=UTC)
TEXTS = ("record.disclose", "done", "TREAT", "consultation", "practitioner")
PARTS = (LI, 7, AT, TEXTS, ZHANG, CLINIC, b"sealed")


def test_the_layout_is_the_documented_one():
    """Published so that others can recompute a commitment; a change here breaks every old log."""
    assert canonical(*PARTS) == (
        b"OHC-event-1"
        + LI.bytes
        + (7).to_bytes(8)
        + int(AT.timestamp() * 1_000_000).to_bytes(8)
        + b"\x0frecord.disclose\x04done\x05TREAT\x0cconsultation\x0cpractitioner"
        + b"\x10"
        + ZHANG.bytes
        + b"\x10"
        + CLINIC.bytes
        + b"sealed"
    )


def test_absent_parts_are_one_zero_byte():
    texts = ("record.disclose", "done", None, None, "practitioner")
    assert canonical(LI, 7, AT, texts, ZHANG, None, b"").endswith(
        b"\x04done\x00\x00\x0cpractitioner\x10" + ZHANG.bytes + b"\x00"
    )


@pytest.mark.parametrize(
    ("place", "other"),
    [
        (0, ZHANG),
        (1, 8),
        (2, AT + timedelta(microseconds=1)),
        (3, ("record.preview", *TEXTS[1:])),
        (3, (TEXTS[0], "refused", *TEXTS[2:])),
        (3, (*TEXTS[:2], None, *TEXTS[3:])),
        (3, (*TEXTS[:2], TEXTS[3], TEXTS[2], TEXTS[4])),
        (3, (*TEXTS[:4], "system")),
        (4, LI),
        (5, None),
        (5, LI),
        (6, b"Sealed"),
        (6, b""),
    ],
)
def test_each_part_counts(place, other):
    changed = (*PARTS[:place], other, *PARTS[place + 1 :])
    assert canonical(*changed) != canonical(*PARTS)


def test_the_same_moment_in_another_time_zone_is_the_same_event():
    beijing = AT.astimezone(timezone(timedelta(hours=8)))
    assert canonical(LI, 7, beijing, *PARTS[3:]) == canonical(*PARTS)


def test_a_commitment_is_sha_256_over_salt_and_event():
    salt = b"0123456789abcdef"
    assert commitment(salt, b"event") == hashlib.sha256(salt + b"event").digest()


@pytest.fixture
def keys(tmp_path):
    opened = Keys.open(tmp_path / "keys")
    yield opened
    opened.close()


def sealed_event(keys, **changes):
    event = Event(
        action=Action.RECORD_DISCLOSE,
        agent=Agent(AgentKind.PRACTITIONER, ZHANG, CLINIC),
        purpose=PurposeOfUse.TREATMENT,
        scene=Scene.CONSULTATION,
        detail={"items": [[LI.bytes, 1, bytes(32)]], "reason": "胸痛"},
        **changes,
    )
    state = ChainState(7, b"\x05" * 32, 2)
    return next_link(keys, keys.of(LI, create=True), LI, state, event, AT)


def test_a_sealed_event_carries_what_its_row_recomputes(keys):
    sealed = sealed_event(keys)
    assert sealed.number == 7
    assert sealed[3:8] == TEXTS
    assert sealed.outcome == Outcome.DONE
    assert len(sealed.salt) == 16
    assert is_what_it_committed_to(LI, sealed._asdict())
    assert not is_what_it_committed_to(LI, sealed._replace(outcome="refused")._asdict())
    assert sealed.link == keys.chain_link(b"\x05" * 32, sealed.commitment)
    assert sealed.link != keys.chain_link(EMPTY_CHAIN, sealed.commitment)


def test_the_detail_is_sealed_for_this_number_of_this_resident(keys):
    sealed = sealed_event(keys)
    assert "胸痛".encode() not in sealed.detail
    assert "胸痛".encode() in keys.of(LI).open(KeyClass.LOG, log_aad(LI, 7), sealed.detail)


def test_equal_events_have_unequal_commitments(keys):
    """Else the public tree would tell which events are alike."""
    assert sealed_event(keys).commitment != sealed_event(keys).commitment
    assert sealed_event(keys).salt != sealed_event(keys).salt
