"""A note is believed only with a good signature of the signer one expects."""

from __future__ import annotations

import base64

import pytest

from openhealthcode.transparency import NoteSigner, NoteVerifier, UntrustedNote

TEXT = "example.org/log\n3\nroot\n"


@pytest.fixture
def signer():
    return NoteSigner("example.org/log", b"\x07" * 32)


@pytest.fixture
def verifier(signer):
    return NoteVerifier(signer.verifier_key)


def test_a_signed_note_opens(signer, verifier):
    assert verifier.open(signer.sign(TEXT)) == TEXT


def test_another_key_of_the_same_name_is_not_believed(verifier):
    impostor = NoteSigner("example.org/log", b"\x08" * 32)
    with pytest.raises(UntrustedNote):
        verifier.open(impostor.sign(TEXT))


def test_another_name_with_the_same_key_is_not_believed(verifier):
    impostor = NoteSigner("example.org/other", b"\x07" * 32)
    with pytest.raises(UntrustedNote):
        verifier.open(impostor.sign(TEXT))


def test_a_witness_s_signature_beside_ours_does_no_harm(signer, verifier):
    witness = NoteSigner("witness.example", b"\x09" * 32)
    line = witness.sign(TEXT).splitlines()[-1]
    assert verifier.open(f"{signer.sign(TEXT)}{line}\n") == TEXT
    assert NoteVerifier(witness.verifier_key).open(f"{signer.sign(TEXT)}{line}\n") == TEXT


def test_one_bad_signature_of_the_signer_spoils_the_good_one(signer, verifier):
    wrong = signer.sign("something else\n").splitlines()[-1]
    with pytest.raises(UntrustedNote):
        verifier.open(f"{signer.sign(TEXT)}{wrong}\n")


def test_a_signature_under_a_name_that_is_not_its_own_does_not_count(signer, verifier):
    note = signer.sign(TEXT)
    with pytest.raises(UntrustedNote):
        verifier.open(note.replace("— example.org/log ", "— example.org/other "))


def test_a_newer_key_of_the_same_name_beside_the_known_one_does_no_harm(signer, verifier):
    """As while a log changes its key: both sign, and each reader knows one of them."""
    newer = NoteSigner("example.org/log", b"\x0a" * 32).sign(TEXT).splitlines()[-1]
    assert verifier.open(f"{signer.sign(TEXT)}{newer}\n") == TEXT


def test_a_very_long_note_is_refused_unread(signer, verifier):
    with pytest.raises(UntrustedNote):
        verifier.open(signer.sign("x" * 70_000 + "\n"))


def test_control_characters_are_refused_even_when_signed(signer, verifier):
    text = "hidden\tcolumn\n"
    signature = base64.b64encode(signer._key_id + signer._key.sign(text.encode())).decode()
    with pytest.raises(UntrustedNote):
        verifier.open(f"{text}\n— example.org/log {signature}\n")


@pytest.mark.parametrize("spelling", ["{} ", " {}", "{:.4} {:.4}", "{}00"])
def test_a_key_id_has_one_spelling(signer, spelling):
    name, key_id, public = signer.verifier_key.split("+", 2)
    with pytest.raises(UntrustedNote):
        NoteVerifier(f"{name}+{spelling.format(key_id, key_id[4:])}+{public}")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda note: note[:-1],
        lambda note: note.replace("\n3\n", "\n4\n"),
        lambda note: note.replace("\n\n", "\n"),
        lambda note: note.replace("— ", "- "),
        lambda note: note + "trailing\n",
        lambda note: note + "\n",
        lambda note: note.replace("root", "ro\tot"),
        lambda _: TEXT + "\n",
        lambda _: TEXT + "\n— example.org/log AAAA\n",
        lambda _: TEXT + "\n— example.org/log !!!!!!!!\n",
        lambda note: note + note.splitlines()[-1].join(["", "\n"]) * 100,
        lambda note: "x" * 70_000 + note,
    ],
)
def test_a_spoilt_note_is_refused(signer, verifier, spoil):
    with pytest.raises(UntrustedNote):
        verifier.open(spoil(signer.sign(TEXT)))


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "null\0\n"])
def test_what_is_no_note_text_is_not_signed(signer, text):
    with pytest.raises(ValueError, match="newline"):
        signer.sign(text)


@pytest.mark.parametrize("name", ["", "with space", "plus+sign", "line\nbreak"])
def test_a_name_that_would_break_the_format_is_refused(name):
    with pytest.raises(ValueError, match="name"):
        NoteSigner(name, b"\x07" * 32)
