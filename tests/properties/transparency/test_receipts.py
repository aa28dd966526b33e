"""A receipt holds as it was made, and with any byte changed it does not; two verifiers agree.

One verifier is the program's, the other the file people download, which shares no code with it.
"""

from __future__ import annotations

import base64
import importlib.util
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import openhealthcode
from openhealthcode.transparency import NoteSigner, NoteVerifier, merkle
from openhealthcode.transparency.checkpoint import Checkpoint
from openhealthcode.transparency.receipt import (
    CheckedReceipt,
    ReceiptEvent,
    ReceiptItem,
    ReceiptRefused,
    Statement,
    check_receipt,
    receipt_name,
    seal_receipt,
    statement_json,
)

LOG = "log.example/test"
HEADS = NoteSigner(LOG, b"h" * 32)
RECEIPTS = NoteSigner(receipt_name(LOG), b"r" * 32)
OTHER = NoteSigner(receipt_name(LOG), b"o" * 32)

ALONE = Path(openhealthcode.__file__).parent / "portal/public/assets/verify_receipt.py"
_spec = importlib.util.spec_from_file_location("verify_receipt", ALONE)
alone = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(alone)

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)

texts = st.text("abcdefgh.-", min_size=1, max_size=20)
events = st.builds(
    ReceiptEvent,
    resident=st.uuids(),
    number=st.integers(1, 2**40),
    at=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    action=texts,
    outcome=texts,
    purpose=texts | st.none(),
    scene=texts | st.none(),
    agent_kind=texts,
    agent=st.uuids(),
    institution=st.uuids() | st.none(),
    detail=st.binary(max_size=60),
    salt=st.binary(min_size=16, max_size=16),
    items=st.lists(
        st.builds(
            ReceiptItem, entry=st.uuids(), version=st.integers(1, 9), digest=st.binary(max_size=32)
        ),
        max_size=3,
    ).map(tuple),
)


def an_event(number: int = 7, salt: bytes = b"s" * 16) -> ReceiptEvent:
    return ReceiptEvent(
        resident=UUID(int=1),
        number=number,
        at=MOMENT,
        action="consent.grant",
        outcome="done",
        purpose="TREAT",
        scene=None,
        agent_kind="resident",
        agent=UUID(int=1),
        institution=None,
        detail=b"sealed",
        salt=salt,
        items=(ReceiptItem(UUID(int=9), 2, b"d" * 32),),
    )


def receipt(told, others=5, *, signer=RECEIPTS, page="<p>同意 &amp; 看过</p>", waits=()) -> bytes:
    """A receipt of these events in a tree with so many others before and after."""
    rest = [bytes([place]) * 32 for place in range(others)]
    leaves = [merkle.leaf_hash(one) for one in (*rest, *(e.commitment for e in told), *rest)]
    size = len(leaves)
    subtree = partial(_subtree, leaves)
    note = Checkpoint(LOG, size, merkle.root(size, subtree)).signed(HEADS)
    proofs = [
        "" if place in waits else _proof(others + place, size, subtree, note)
        for place in range(len(told))
    ]
    statement = Statement(log=LOG, made_at=MOMENT, events=tuple(told))
    script = (
        f'<script type="application/json" id="receipt-events">{statement_json(statement)}</script>'
    )
    html = f"<!DOCTYPE html><html><body>{page}{script}</body></html>\n"
    return seal_receipt(html.encode(), proofs, signer, LOG)


def _subtree(leaves, level, index):
    return merkle.perfect_root(leaves[index << level : (index + 1) << level])


def _proof(index, size, subtree, note):
    path = merkle.inclusion_proof(index, size, subtree)
    lines = ["c2sp.org/tlog-proof@v1", f"index {index}"]
    return "\n".join([*lines, *(base64.b64encode(one).decode() for one in path), "", note])


def checked(data: bytes, receipts: NoteSigner = RECEIPTS, log: NoteSigner = HEADS):
    return check_receipt(data, NoteVerifier(receipts.verifier_key), NoteVerifier(log.verifier_key))


def ours(data: bytes, *signers: NoteSigner) -> bool:
    try:
        return isinstance(checked(data, *signers), CheckedReceipt)
    except ReceiptRefused:
        return False


def theirs(data: bytes, receipts: NoteSigner = RECEIPTS, log: NoteSigner = HEADS) -> bool:
    try:
        return bool(
            alone.check(data, alone.Key(log.verifier_key), alone.Key(receipts.verifier_key))
        )
    except alone.Refused:
        return False


@given(st.lists(events, min_size=1, max_size=4), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_what_was_made_holds_and_says_what_was_told(told, others):
    data = receipt(told, others)
    found = checked(data)
    assert found.statement.events == tuple(told)
    assert found.is_in_the_tree
    assert theirs(data)


GOOD = receipt([an_event(), an_event(8)])
PROOF_AT = GOOD.index(b'\n<script type="application/json" id="receipt-proof">')


def _with_a_bit_changed(place: int, bit: int) -> bytes:
    return GOOD[:place] + bytes([GOOD[place] ^ (1 << bit)]) + GOOD[place + 1 :]


@given(st.integers(0, PROOF_AT - 1), st.integers(0, 7))
@settings(max_examples=100, deadline=None)
def test_with_any_bit_of_the_page_changed_neither_verifier_takes_it(place, bit):
    bad = _with_a_bit_changed(place, bit)
    assert not ours(bad)
    assert not theirs(bad)


@given(st.integers(PROOF_AT, len(GOOD) - 1), st.integers(0, 7))
@settings(max_examples=100, deadline=None)
def test_a_bit_of_the_proof_changed_matters_to_both_or_to_neither(place, bit):
    """The last bits of a base64 text stand for nothing; all others are part of the proof."""
    bad = _with_a_bit_changed(place, bit)
    assert ours(bad) == theirs(bad)
    if ours(bad):
        assert chr(GOOD[place + 1]) == "="


@pytest.mark.parametrize("spoil", [
    pytest.param(lambda good: good + b"<p>and more</p>", id="something-below"),
    pytest.param(lambda good: good + good, id="twice"),
    pytest.param(lambda good: good[:-1], id="cut"),
    pytest.param(lambda _: b"", id="nothing"),
    pytest.param(lambda good: b"<p>above</p>" + good, id="something-above"),
    pytest.param(
        lambda good: good.replace(b"</script>\n", b"<b>hidden</b></script>\n"), id="inside-the-proof"
    ),
        pytest.param(
            lambda good: good.replace(b'{"note"', b'{"x":"<b>hidden</b>","note"'),
            id="inside-the-json-of-the-proof",
        ),
    pytest.param(lambda good: good.replace(b"\n", b"\r\n"), id="line-ends"),
    pytest.param(lambda _: receipt([an_event()], signer=OTHER), id="another-signer"),
    pytest.param(
        lambda good: good.rpartition(b'\n<script type="application/json" id="receipt-proof">')[0],
        id="no-proof",
    ),
])  # fmt: skip
def test_what_was_put_together_otherwise_is_refused(spoil):
    good = receipt([an_event()])
    assert ours(good)
    assert not ours(spoil(good))
    assert not theirs(spoil(good))


def test_a_proof_of_another_event_does_not_do():
    """The page is signed again by the right key: only the tree tells that the event is not in it."""
    mine, other = an_event(), an_event(9, b"t" * 16)
    leaves = [merkle.leaf_hash(one) for one in (other.commitment, b"x" * 32)]
    subtree = partial(_subtree, leaves)
    note = Checkpoint(LOG, 2, merkle.root(2, subtree)).signed(HEADS)
    statement = Statement(log=LOG, made_at=MOMENT, events=(mine,))
    page = (
        f'<script type="application/json" id="receipt-events">{statement_json(statement)}</script>'
    )
    bad = seal_receipt(page.encode(), [_proof(0, 2, subtree, note)], RECEIPTS, LOG)
    assert not ours(bad)
    assert not theirs(bad)


def test_keys_of_another_installation_do_not_do():
    elsewhere = NoteSigner("elsewhere.example/log", b"h" * 32)
    good = receipt([an_event()])
    assert not ours(good, RECEIPTS, elsewhere)
    assert not theirs(good, RECEIPTS, elsewhere)
    assert not ours(good, HEADS, HEADS)


def test_whoever_signs_receipts_signs_them_under_the_name_of_the_log():
    stranger = NoteSigner("elsewhere.example/receipts", b"r" * 32)
    bad = receipt([an_event()], signer=stranger)
    assert not ours(bad, stranger, HEADS)
    assert not theirs(bad, stranger, HEADS)


def test_an_event_without_its_leaf_is_told_apart():
    data = receipt([an_event(), an_event(8)], waits={1})
    assert not checked(data).is_in_the_tree
    assert [head is not None for head in checked(data).heads] == [True, False]
    told = alone.check(data, alone.Key(HEADS.verifier_key), alone.Key(RECEIPTS.verifier_key))
    assert ["NOT YET" in sentence for sentence in told] == [False, True]


def test_words_of_people_cannot_close_the_script():
    event = ReceiptEvent(
        **{
            **{name: getattr(an_event(), name) for name in an_event().__struct_fields__},
            "action": "</script><b>x",
        }
    )
    data = receipt([event])
    assert checked(data).statement.events[0].action == "</script><b>x"
    assert data.count(b"</script>") == 2


def test_the_file_people_download_runs_by_itself(tmp_path):
    good, keys = tmp_path / "receipt.html", tmp_path / "keys.txt"
    good.write_bytes(receipt([an_event()]))
    keys.write_text(f"{HEADS.verifier_key}\n{RECEIPTS.verifier_key}\n")
    command = [sys.executable, "-I", "-S", str(ALONE), str(good), str(keys)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == [
        "The page is signed and unaltered.",
        "event 7: consent.grant, done, 2026-03-04T05:06:07.890123Z: in the public log of 11 events",
    ]
    good.write_bytes(good.read_bytes().replace("同意".encode(), "拒绝".encode()))
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "REFUSED: the page is not the one that was signed\n")
