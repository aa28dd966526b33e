"""A witness against the requests that others' witnesses are tested with, and the documents' examples.

Source: c2sp.org/tlog-witness, tlog-cosignature, signed-note (examples); the log, heads and proofs of
the tests of FiloSottile/torchwood and FiloSottile/sunlight (add-checkpoint).
"""

from __future__ import annotations

import base64

import pytest

from openhealthcode.transparency import (
    CosignatureVerifier,
    Cosigner,
    NoteVerifier,
    Refusal,
    UntrustedNote,
    WitnessState,
    read_proof,
)
from openhealthcode.transparency.note import key_id, read_signature, written_key

ORIGIN = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
PUBLIC = bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f")
KEY = f"{ORIGIN}+5202289b+Af/cLU2Y5BJNP+r3iMDC+av9eWCD0fBJVDfzAux5zxAP"
SIGNED = {
    1: (
        "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=",
    ),
    3: (
        "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=",
        "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=",
    ),
    5: (
        "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=",
        "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=",
    ),
}
FROM_1_TO_3 = [
    "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
]
FROM_1_TO_5 = [
    "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=",
    "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
]
FROM_3_TO_5 = [
    "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "KgMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=",
    "KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
]
AT = 1_700_000_000
BEHIND_THE_SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
)


def note(size: int, *, origin: str = ORIGIN, signature: str = "") -> str:
    root, signed = SIGNED[size]
    return f"{origin}\n{size}\n{root}\n\n— {origin} {signature or signed}\n"


def request(old: int, proof: list[str], signed: str) -> bytes:
    return "\n".join([f"old {old}", *proof, "", signed]).encode()


@pytest.fixture
def witness(tmp_path):
    cosigner = Cosigner("example.com/witness", b"\x07" * 32)
    return WitnessState(tmp_path, [NoteVerifier(KEY)], cosigner)


def test_the_published_key_is_read_and_written():
    assert NoteVerifier(KEY).public_key == PUBLIC
    assert written_key(ORIGIN, b"\x01", PUBLIC) == KEY


def test_the_sequence_of_requests_is_answered_as_published(witness):
    cosigner = CosignatureVerifier(Cosigner("example.com/witness", b"\x07" * 32).verifier_key)
    steps: list[tuple[bytes, Refusal | None, int]] = [
        (request(0, [], note(1)), None, 0),
        (
            request(1, FROM_1_TO_3, note(3, signature=SIGNED[3][1].replace("6go=", "6gx="))),
            Refusal.UNTRUSTED,
            0,
        ),
        (
            request(1, FROM_1_TO_3, note(3, origin=ORIGIN.replace("e562", "e563"))),
            Refusal.UNKNOWN_LOG,
            0,
        ),
        (request(1, [], note(3)), Refusal.INCONSISTENT, 0),
        (
            request(1, [FROM_1_TO_3[0], FROM_1_TO_3[1].replace("AAA=", "ABA=")], note(3)),
            Refusal.INCONSISTENT,
            0,
        ),
        (request(1, FROM_1_TO_3, note(3)), None, 0),
        (request(1, FROM_1_TO_5, note(5)), Refusal.STALE, 3),
        (request(3, FROM_3_TO_5, note(5)), None, 0),
        (request(0, [], note(5)), Refusal.STALE, 5),
        (request(5, [], note(5)), None, 0),
        (request(5, [], note(3)), Refusal.LARGER, 0),
    ]
    for place, (body, refusal, size) in enumerate(steps):
        answer = witness.add(body, AT + place)
        assert (answer.refusal, answer.size) == (refusal, size), place
        if refusal is None:
            signed = body.decode().partition("\n\n")[2]
            assert cosigner.seen_at(signed + answer.cosignature) == AT + place


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 00\n\n" + note(1).encode(),
        b"old -1\n\n" + note(1).encode(),
        b"old 0\nAAAA\n\n" + note(1).encode(),
        b"old 0\n" + (FROM_1_TO_3[0] + "\n").encode() * 64 + b"\n" + note(1).encode(),
        b"old 0\n\n" + note(1).encode()[:-1],
        b"\xff\xfe",
        b"old 0\n\nnot a checkpoint\n\n" + f"— {ORIGIN} {SIGNED[1][1]}\n".encode(),
    ],
)
def test_what_is_no_request_is_refused(witness, body):
    assert witness.add(body, AT).refusal is Refusal.MALFORMED


def test_the_time_of_the_example_cosignature_is_read():
    """The example's witness published no key; time and form are what can be compared."""
    name, signature = read_signature(
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2"
        "oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    )
    assert name == "witness.example.com/w1"
    assert int.from_bytes(signature[4:12], "big") == 1_679_315_147
    assert len(signature) == 4 + 8 + 64


def test_what_a_cosignature_is_made_over():
    """The bytes of the document's example, signed with a key of ours."""
    key = Cosigner("witness.example.com/w1", b"\x09" * 32)
    line = key.cosign(BEHIND_THE_SOFA, 1_679_315_147)
    _, signature = read_signature(line.rstrip("\n"))
    expected = f"cosignature/v1\ntime 1679315147\n{BEHIND_THE_SOFA}".encode()
    CosignatureVerifier(key.verifier_key)._key.verify(signature[12:], expected)


def test_the_key_id_of_the_notes_document():
    public = bytes.fromhex("e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4")
    assert key_id("example.com/foo", b"\x01", public).hex() == "530d903a"


def test_a_log_s_key_is_no_witness_s_and_the_reverse():
    with pytest.raises(UntrustedNote):
        CosignatureVerifier(KEY)
    with pytest.raises(UntrustedNote):
        NoteVerifier(Cosigner("example.com/witness", b"\x07" * 32).verifier_key)


def test_the_example_of_tlog_proof_is_read():
    proof = read_proof(
        "c2sp.org/tlog-proof@v1\n"
        "extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ\n"
        "index 73894\n"
        "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
        "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
        "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\n"
        "RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\n"
        "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n"
        "\n"
        "example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n"
    )
    assert (proof.index, len(proof.path)) == (73_894, 5)
    assert proof.path[0] == base64.b64decode("gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=")
    assert proof.note.startswith("example.com/fancylog\n")


@pytest.mark.parametrize(
    "text",
    [
        "wrong-header\nindex 0\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v1\nindex notanumber\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 01\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex -1\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\n\ncheckpoint\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\ncheckpoint\n",
    ],
)
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(UntrustedNote):
        read_proof(text)
