"""A resident's own history: what is checked of it, and every way in which it can be wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
import pytest

from openhealthcode.transparency import (
    Checkpoint,
    Cosigner,
    History,
    HistoryEvent,
    HistoryRefused,
    NoteSigner,
    NoteVerifier,
    check_history,
    inclusion_proof,
    leaf_hash,
    read_policy,
    seal_history,
)
from openhealthcode.transparency.merkle import perfect_root, root

ORIGIN = "region.example/log"
LOG = NoteSigner(ORIGIN, b"\x01" * 32)
RECEIPTS = NoteSigner(f"{ORIGIN}/receipts", b"\x02" * 32)
WITNESS = Cosigner("witness.example", b"\x03" * 32)
POLICY = read_policy(f"log {LOG.verifier_key}\nwitness w {WITNESS.verifier_key}\nquorum w\n")
RESIDENT = UUID("88000000-0000-4000-8000-000000000001")
START = datetime(2026, 3, 1, 8, 0, 0, 123, UTC)


def event(number: int, **changes: object) -> HistoryEvent:
    made = HistoryEvent(
        number=number,
        at=START + timedelta(minutes=number),
        action="record.disclose",
        outcome="done",
        purpose="TREAT",
        scene=None,
        agent_kind="practitioner",
        agent=UUID(int=number),
        institution=UUID(int=7),
        detail=bytes([number]) * 40,
        salt=bytes([number]) * 16,
    )
    return msgspec.structs.replace(made, **changes)


def subtree(leaves, level, index):
    return perfect_root(leaves[index << level : (index + 1) << level])


def history(
    events, *, waiting=0, cosigned=True, resident=RESIDENT, seen_at=1_800_000_000, **changes
):
    """Built as the operator would: other people's leaves between one's own."""
    placed = events[: len(events) - waiting]
    leaves, places = [], {}
    for one in placed:
        leaves += [leaf_hash(bytes([one.number, 1])), leaf_hash(one.commitment(resident))]
        places[one.number] = len(leaves) - 1
    leaves.append(leaf_hash(b"somebody else's"))
    tree = partial(subtree, leaves)
    note = Checkpoint(ORIGIN, len(leaves), root(len(leaves), tree)).signed(LOG)
    if cosigned:
        note += WITNESS.cosign(note.partition("\n\n")[0] + "\n", seen_at)
    proven = [
        msgspec.structs.replace(
            one, leaf=place, path=tuple(inclusion_proof(place, len(leaves), tree))
        )
        if (place := places.get(one.number)) is not None
        else one
        for one in events
    ]
    made_at = events[-1].at + timedelta(seconds=5) if events else START
    made = History(ORIGIN, resident, made_at, note, tuple(proven))
    return msgspec.structs.replace(made, **changes)


def check(made, policy=POLICY, kept=(), signer=RECEIPTS):
    data = made if isinstance(made, bytes) else seal_history(made, signer)
    return check_history(
        data, NoteVerifier(LOG.verifier_key), NoteVerifier(RECEIPTS.verifier_key), policy, kept
    )


def found(made, **options):
    return [(one.kind.value, one.number) for one in check(made, **options).findings]


WHOLE = [event(number) for number in range(1, 8)]


def test_a_whole_history_holds():
    checked = check(history(WHOLE))
    assert checked.findings == ()
    assert (checked.head.size, checked.waiting, len(checked.history.events)) == (15, 0, 7)
    assert checked.history.resident == RESIDENT


def test_the_newest_events_may_wait_for_their_place():
    checked = check(history(WHOLE, waiting=1))
    assert (checked.findings, checked.waiting) == ((), 1)


def test_an_empty_history_holds():
    assert found(history([])) == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (history(WHOLE[:3] + WHOLE[4:]), [("missing", 4)]),
        (history(WHOLE[1:]), [("missing", 1)]),
        (history([WHOLE[0], WHOLE[2], WHOLE[1], *WHOLE[3:]]), [("missing", 2), ("missing", 4), ("missing", 3)]),
        (history([*WHOLE[:3], WHOLE[2], *WHOLE[3:]]), [("missing", 4), ("wrong-leaf", 3)]),
        (history([*WHOLE, event(8, at=START - timedelta(days=3))]), [("altered", 8)]),
    ],
    ids=["one left out", "the first left out", "reordered", "doubled", "backdated"],
)  # fmt: skip
def test_what_the_operator_itself_signed_wrongly_is_found(made, expected):
    assert found(made) == expected


def test_events_that_wait_too_long_or_before_others_are_found():
    made = history(WHOLE, waiting=2)
    assert found(made) == [("not-in-tree", 6)]
    hole = list(history(WHOLE).events)
    hole[3] = msgspec.structs.replace(hole[3], leaf=None, path=())
    assert found(msgspec.structs.replace(history(WHOLE), events=tuple(hole))) == [
        ("not-in-tree", 4)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"at": START},
        {"action": "record.preview"},
        {"outcome": "refused"},
        {"purpose": None},
        {"scene": "outpatient"},
        {"agent_kind": "system"},
        {"agent": UUID(int=99)},
        {"institution": None},
        {"detail": b"other"},
        {"salt": bytes(16)},
        {"leaf": 2},
        {"leaf": 10**18},
        {"path": ()},
        {"action": "x" * 300},
    ],
)
def test_every_part_of_an_event_is_proven(change):
    made = history(WHOLE)
    events = list(made.events)
    events[2] = msgspec.structs.replace(events[2], **change)
    changed = msgspec.structs.replace(made, events=tuple(events))
    assert ("wrong-leaf", 3) in found(changed)


def test_a_history_changed_after_it_was_signed_is_refused():
    made = history(WHOLE)
    sealed = msgspec.json.decode(seal_history(made, RECEIPTS), type=History)
    for change in (
        {"events": sealed.events[:-1]},
        {"made_at": made.made_at + timedelta(days=1)},
        {"resident": UUID(int=5)},
        {"log": "other.example/log"},
        {"note": ""},
        {"checkpoint": ""},
    ):
        with pytest.raises(HistoryRefused):
            check(msgspec.json.encode(msgspec.structs.replace(sealed, **change)))


def test_another_key_s_history_is_refused():
    impostor = NoteSigner(f"{ORIGIN}/receipts", b"\x09" * 32)
    with pytest.raises(HistoryRefused):
        check(history(WHOLE), signer=impostor)
    with pytest.raises(HistoryRefused):
        check_history(
            seal_history(history(WHOLE), RECEIPTS),
            NoteVerifier(LOG.verifier_key),
            NoteVerifier(NoteSigner("other.example", b"\x02" * 32).verifier_key),
        )


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"[1]", b'{"format":"other"}'])
def test_what_is_no_history_is_refused(data):
    with pytest.raises(HistoryRefused):
        check(data)


def test_a_file_larger_than_any_is_refused(monkeypatch):
    monkeypatch.setattr("openhealthcode.transparency.history.LARGEST_BYTES", 10)
    with pytest.raises(HistoryRefused):
        check(history(WHOLE))


def test_a_head_too_few_saw_is_found_where_witnesses_are_asked_for():
    unseen = history(WHOLE, cosigned=False)
    assert [kind for kind, _ in found(unseen)] == ["checkpoint"]
    assert found(unseen, policy=None) == []


def test_a_tail_cut_off_since_a_copy_was_kept_is_found():
    kept = seal_history(history(WHOLE), RECEIPTS)
    assert found(history([*WHOLE, event(8)]), kept=[kept]) == []
    assert found(history(WHOLE[:5]), kept=[kept]) == [("rewritten", 6), ("rewritten", 7)]
    rewritten = [*WHOLE[:4], event(5, action="record.preview"), *WHOLE[5:]]
    assert found(history(rewritten), kept=[kept]) == [("rewritten", 5)]


def test_somebody_else_s_copy_says_nothing_of_this_history():
    kept = seal_history(history(WHOLE, resident=UUID(int=3)), RECEIPTS)
    with pytest.raises(HistoryRefused):
        check(history(WHOLE), kept=[kept])


def test_a_head_seen_long_before_is_found():
    """As when the operator shows an old head to keep back what came since."""
    made_at = int(history(WHOLE).made_at.timestamp())
    assert found(history(WHOLE, seen_at=made_at - 80_000)) == []
    assert found(history(WHOLE, seen_at=made_at - 90_000)) == [("checkpoint", None)]
    assert found(history(WHOLE, seen_at=made_at - 90_000), policy=None) == []
