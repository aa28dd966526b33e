"""Laws of keys and seals: what goes in comes out, in its own place and nowhere else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.transparency import NoteSigner, NoteVerifier, UntrustedNote
from openhealthcode.trust import (
    KeyClass,
    Keys,
    UnreadableId,
    UnreadableSeal,
    UntrustedCode,
    record_aad,
)

_FOLDER = tempfile.TemporaryDirectory()
places = st.tuples(st.uuids(), st.uuids(), st.integers(0, 2**64 - 1))
note_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])).map("{}\n".format)


@cache
def keys() -> Keys:
    opened = Keys.open(Path(_FOLDER.name) / "keys", clock=lambda: 1_795_305_600.0)
    opened.prepare([UUID(int=1), UUID(int=2)])
    return opened


@given(st.binary(max_size=2000), places, st.sampled_from(KeyClass))
def test_what_is_sealed_opens(body, place, key_class):
    li = keys().of(UUID(int=1))
    aad = record_aad(*place)
    assert li.open(key_class, aad, li.seal(key_class, aad, body)) == body


@given(st.binary(max_size=100), places, places)
def test_what_is_sealed_opens_in_no_other_place(body, place, other):
    li = keys().of(UUID(int=1))
    sealed = li.seal(KeyClass.RECORD, record_aad(*place), body)
    with opens_only_if(place == other, UnreadableSeal):
        assert li.open(KeyClass.RECORD, record_aad(*other), sealed) == body


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_open(sealed):
    with pytest.raises(UnreadableSeal):
        keys().of(UUID(int=1)).open(KeyClass.RECORD, b"", sealed)


@given(st.uuids(), st.uuids())
def test_every_pair_has_one_id_and_comes_back(resident_id, entry_id):
    assert keys().open_id(keys().seal_id(resident_id, entry_id)) == (resident_id, entry_id)


@given(st.text(max_size=80) | st.text("ABCxyz019-.+/=", min_size=64, max_size=64))
def test_arbitrary_text_is_never_an_id(text):
    with pytest.raises(UnreadableId):
        keys().open_id(text)


@given(st.binary(min_size=8, max_size=8), st.integers(0, 86_399), st.integers(0, 255))
def test_every_code_opens_to_what_was_sealed(reference, second, hint):
    seconds = (1_795_305_600 - 1_577_836_800) // 86_400 * 86_400 + second
    opened = keys().open_code(keys().seal_code(reference, seconds, hint))
    assert (opened.device_reference, opened.seconds) == (reference, seconds)
    assert opened.purpose_hint == hint


@given(st.binary(max_size=40) | st.binary(min_size=33, max_size=33))
def test_arbitrary_bytes_are_never_a_code(sealed):
    with pytest.raises(UntrustedCode):
        keys().open_code(sealed)


@given(note_texts)
def test_every_signed_text_opens(text):
    signer = NoteSigner("example.org/log", bytes(32))
    assert NoteVerifier(signer.verifier_key).open(signer.sign(text)) == text


@given(note_texts, note_texts)
def test_a_signature_serves_no_other_text(text, other):
    signer = NoteSigner("example.org/log", bytes(32))
    signature = signer.sign(text)[len(text) :]
    with opens_only_if(text == other, UntrustedNote):
        assert NoteVerifier(signer.verifier_key).open(other + signature) == text


@contextmanager
def opens_only_if(may_open: bool, refusal: type[Exception]) -> Iterator[None]:  # noqa: FBT001
    """Run the block, which must succeed or be refused accordingly."""
    if may_open:
        yield
    else:
        with pytest.raises(refusal):
            yield
