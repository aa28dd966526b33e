"""The key of the log's heads signs none that contradicts one it signed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from openhealthcode.transparency import NoteVerifier, open_checkpoint
from openhealthcode.trust import Keys, SignedHead

ORIGIN = "region.example/log"
FIRST, SECOND = SignedHead(1, b"\x01" * 32), SignedHead(2, b"\x02" * 32)


@pytest.fixture
def signer(tmp_path):
    keys = Keys.open(tmp_path / "keys")
    yield keys.checkpoint_signer(ORIGIN)
    keys.close()


def test_heads_follow_each_other(signer):
    assert signer.newest() is None
    assert signer.sign_head(None, FIRST)
    note = signer.sign_head(FIRST, SECOND)
    assert note is not None
    read = open_checkpoint(note, NoteVerifier(signer.verifier_key))
    assert (read.size, read.root) == SECOND == signer.newest()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, SignedHead(3, bytes(32))),
        (FIRST, SignedHead(3, bytes(32))),
        (SignedHead(2, bytes(32)), SignedHead(3, bytes(32))),
        (SECOND, SignedHead(2, bytes(32))),
        (SECOND, FIRST),
    ],
    ids=["a new log", "an older head", "another head", "same size, other root", "back"],
)
def test_a_head_that_does_not_follow_the_newest_is_not_signed(signer, before, after):
    signer.sign_head(None, FIRST)
    signer.sign_head(FIRST, SECOND)
    assert signer.sign_head(before, after) is None
    assert signer.newest() == SECOND


def test_the_same_head_is_signed_again(signer):
    """After a crash between signing and publishing."""
    first = signer.sign_head(None, FIRST)
    assert signer.sign_head(FIRST, FIRST) == first


def test_logs_do_not_disturb_each_other(signer, tmp_path):
    signer.sign_head(None, FIRST)
    other = Keys.open(tmp_path / "keys")
    assert other.checkpoint_signer("other.example/log").newest() is None
    assert other.checkpoint_signer(ORIGIN).newest() == FIRST
    other.close()


def test_one_of_many_at_once_signs(signer):
    signer.sign_head(None, FIRST)
    heads = [SignedHead(2, bytes([n]) * 32) for n in range(16)]
    with ThreadPoolExecutor(8) as threads:
        notes = list(threads.map(lambda head: signer.sign_head(FIRST, head), heads))
    assert sum(note is not None for note in notes) == 1
    assert signer.newest() == heads[[note is not None for note in notes].index(True)]
