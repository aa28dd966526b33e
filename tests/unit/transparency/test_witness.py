"""What a witness keeps, and what it never cosigns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256

import pytest

from openhealthcode.transparency import (
    Checkpoint,
    CosignatureVerifier,
    Cosigner,
    NoteSigner,
    NoteVerifier,
    Refusal,
    UntrustedNote,
    WitnessState,
    consistency_proof,
    leaf_hash,
    write_request,
)
from openhealthcode.transparency.merkle import EMPTY_ROOT, perfect_root, root

LOG = NoteSigner("region.example/log", b"\x01" * 32)
COSIGNER = Cosigner("witness.example", b"\x02" * 32)
OWN = CosignatureVerifier(COSIGNER.verifier_key)
LEAVES = [leaf_hash(bytes([n])) for n in range(64)]
OTHERS = [leaf_hash(bytes([n, n])) for n in range(64)]


def subtree(leaves, level, index):
    return perfect_root(leaves[index << level : (index + 1) << level])


def head(size, leaves=LEAVES):
    return Checkpoint(LOG_NAME, size, root(size, partial(subtree, leaves))).signed(LOG)


LOG_NAME = "region.example/log"


def asked(old, size, leaves=LEAVES):
    proof = consistency_proof(old, size, partial(subtree, leaves)) if 0 < old <= size else []
    return write_request(old, proof, head(size, leaves)).encode()


@pytest.fixture
def witness(tmp_path):
    return state(tmp_path)


def state(folder):
    return WitnessState(folder, [NoteVerifier(LOG.verifier_key)], COSIGNER)


def test_it_follows_a_log_that_grows_and_remembers_after_a_restart(witness, tmp_path):
    assert witness.newest(LOG_NAME) is None
    for old, size in ((0, 3), (3, 3), (3, 8), (8, 33)):
        assert witness.add(asked(old, size), 50).refusal is None
    again = state(tmp_path)
    kept = again.newest(LOG_NAME)
    assert kept.startswith(head(33))
    assert OWN.seen_at(kept) == 50
    assert again.add(asked(0, 40), 60).size == 33
    assert again.newest_of(sha256(LOG_NAME.encode()).hexdigest()) == kept
    assert again.newest_of("00") is None


@pytest.mark.parametrize(
    ("old", "size", "leaves", "refusal"),
    [
        (8, 8, OTHERS, Refusal.FORK),
        (8, 9, OTHERS, Refusal.INCONSISTENT),
        (8, 7, LEAVES, Refusal.LARGER),
        (7, 7, LEAVES, Refusal.STALE),
        (0, 9, LEAVES, Refusal.STALE),
        (9, 12, LEAVES, Refusal.STALE),
    ],
    ids=["fork", "forked growth", "rollback", "an old head", "as if new", "a gap"],
)
def test_nothing_that_contradicts_the_newest_head_is_cosigned(witness, old, size, leaves, refusal):
    witness.add(asked(0, 8), 50)
    kept = witness.newest(LOG_NAME)
    answer = witness.add(asked(old, size, leaves), 60)
    assert (answer.refusal, answer.cosignature) == (refusal, "")
    assert witness.newest(LOG_NAME) == kept


def test_an_empty_log_may_be_cosigned_before_it_grows(witness):
    empty = Checkpoint(LOG_NAME, 0, EMPTY_ROOT).signed(LOG)
    assert witness.add(write_request(0, [], empty).encode(), 1).refusal is None
    wrong = Checkpoint(LOG_NAME, 0, bytes(32)).signed(LOG)
    assert witness.add(write_request(0, [], wrong).encode(), 1).refusal is Refusal.FORK
    needless = write_request(0, [bytes(32)], head(5)).encode()
    assert witness.add(needless, 1).refusal is Refusal.INCONSISTENT
    assert witness.add(asked(0, 5), 1).refusal is None


def test_an_empty_log_with_another_root_is_not_cosigned_first(tmp_path):
    wrong = Checkpoint(LOG_NAME, 0, bytes(32)).signed(LOG)
    answer = state(tmp_path).add(write_request(0, [], wrong).encode(), 1)
    assert answer.refusal is Refusal.FORK


def test_of_many_at_once_each_step_is_cosigned_once(witness):
    """Thirty-two threads, each with another next head: one is followed, the others are stale."""
    witness.add(asked(0, 8), 50)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: witness.add(asked(8, 9 + n), 60), range(32)))
    assert sum(answer.refusal is None for answer in answers) == 1
    (cosigned,) = (9 + n for n, answer in enumerate(answers) if answer.refusal is None)
    assert witness.newest(LOG_NAME).startswith(head(cosigned))
    assert {answer.refusal for answer in answers} == {None, Refusal.STALE}


def test_signatures_of_others_are_not_kept(witness):
    stranger = NoteSigner("stranger.example", b"\x05" * 32)
    text = head(8).partition("\n\n")[0] + "\n"
    line = stranger.sign(text).partition("\n\n")[2]
    request = write_request(0, [], head(8) + line * 90).encode()
    assert witness.add(request, 1).refusal is None
    assert "stranger" not in witness.newest(LOG_NAME)
    assert witness.add(asked(8, 9), 1).refusal is None


def test_a_state_that_another_key_cosigned_is_not_gone_on_with(witness, tmp_path):
    """A witness whose key was exchanged begins anew, in a folder of its own."""
    witness.add(asked(0, 8), 50)
    other = Cosigner("witness.example", b"\x03" * 32)
    exchanged = WitnessState(tmp_path, [NoteVerifier(LOG.verifier_key)], other)
    with pytest.raises(UntrustedNote):
        exchanged.add(asked(8, 9), 60)


def test_a_head_is_on_the_disk_before_anybody_has_the_cosignature(witness, monkeypatch):
    witness.add(asked(0, 8), 50)
    monkeypatch.setattr(WitnessState, "_keep", _fail)
    with pytest.raises(OSError, match="disk"):
        witness.add(asked(8, 9), 60)
    monkeypatch.undo()
    assert witness.newest(LOG_NAME).startswith(head(8))
    assert witness.add(asked(8, 9), 60).refusal is None


def _fail(*_):
    raise OSError("the disk is full")
