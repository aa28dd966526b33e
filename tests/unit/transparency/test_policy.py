"""Whose word makes a head believable: the file, and what it decides."""

from __future__ import annotations

import pytest

from openhealthcode.transparency import (
    Checkpoint,
    Cosigner,
    NoteSigner,
    NotWitnessed,
    UnreadablePolicy,
    UntrustedNote,
    read_policy,
)
from openhealthcode.transparency.note import read_signature, signature_line

LOG = NoteSigner("region.example/log", b"\x01" * 32)
OTHER_LOG = NoteSigner("other.example/log", b"\x02" * 32)
KEYS = {name: Cosigner(f"{name}.example", bytes([n]) * 32) for n, name in enumerate("abcxyz", 10)}
A, B, C, X, Y, Z = (f"witness {name} {key.verifier_key}" for name, key in KEYS.items())
NOTE = Checkpoint("region.example/log", 7, bytes(32)).signed(LOG)
TEXT = NOTE.partition("\n\n")[0] + "\n"


def policy(*lines: str):
    return read_policy("\n".join([f"log {LOG.verifier_key}", *lines, ""]))


def cosigned(*names: str) -> str:
    return NOTE + "".join(KEYS[name].cosign(TEXT, 100) for name in names)


def test_the_example_of_the_document():
    two_levels = policy(
        "# X are of one organisation",
        A, B, C, "",
        "group X-witnesses 2 a b c",
        X, Y, f"\t{Z}   https://z.example/submit",
        "group Y-witnesses any x y z",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
    )  # fmt: skip
    assert two_levels.check(cosigned("a", "c", "y")).size == 7
    assert two_levels.check(cosigned("a", "b", "c", "x", "y", "z")).size == 7
    assert [witness.url for witness in two_levels.witnesses][-1] == "https://z.example/submit"
    for too_few in ("", "ab", "x", "ax", "xyz"):
        with pytest.raises(NotWitnessed):
            two_levels.check(cosigned(*too_few))


def test_no_quorum_needs_no_witness():
    assert policy("quorum none").check(NOTE).size == 7


def test_one_witness_is_its_own_quorum():
    with pytest.raises(NotWitnessed):
        policy(A, "quorum a").check(cosigned())
    assert policy(A, "quorum a").check(cosigned("a")).size == 7


def test_a_head_of_an_unknown_log_is_refused_whoever_cosigned():
    foreign = Checkpoint("other.example/log", 7, bytes(32)).signed(OTHER_LOG)
    text = foreign.partition("\n\n")[0] + "\n"
    with pytest.raises(UntrustedNote):
        policy(A, "quorum a").check(foreign + KEYS["a"].cosign(text, 1))
    both = policy(f"log {OTHER_LOG.verifier_key}", A, "quorum a")
    assert both.check(foreign + KEYS["a"].cosign(text, 1)).origin == "other.example/log"


def test_a_wrong_cosignature_under_a_known_key_refuses_the_note():
    of_another_text = KEYS["a"].cosign(TEXT.replace("7", "8"), 100)
    with pytest.raises(UntrustedNote):
        policy(A, B, "group any-of any a b", "quorum any-of").check(cosigned("b") + of_another_text)


def test_cosignatures_of_strangers_count_for_nothing():
    stranger = Cosigner("a.example", b"\x63" * 32)
    with pytest.raises(NotWitnessed):
        policy(A, "quorum a").check(NOTE + stranger.cosign(TEXT, 100))


def test_the_latest_of_several_times_counts():
    note = cosigned("a") + KEYS["a"].cosign(TEXT, 200) + KEYS["a"].cosign(TEXT, 150)
    (witness,) = policy(A, "quorum a").witnesses
    assert witness.verifier.seen_at(note) == 200
    assert witness.verifier.seen_at(NOTE) is None


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["quorum a"],
        ["quorum none", "quorum none"],
        ["quorum none none"],
        [A, A, "quorum a"],
        [A, f"witness second {KEYS['a'].verifier_key}", "quorum a"],
        ["witness none " + KEYS["a"].verifier_key, "quorum none"],
        ["witness a " + LOG.verifier_key, "quorum a"],
        [f"log {LOG.verifier_key}", "quorum none"],
        [f"log {KEYS['a'].verifier_key}", "quorum none"],
        ["log", "quorum none"],
        [A, "group g 0 a", "quorum g"],
        [A, "group g 01 a", "quorum g"],
        [A, "group g 2 a", "quorum g"],
        [A, "group g some a", "quorum g"],
        [A, "group g any", "quorum g"],
        [A, "group a any a", "quorum a"],
        [A, "group g any a a", "quorum g"],
        [A, "group g any none", "quorum g"],
        [A, "group g any a", "group h any a", "quorum h"],
        [A, "group g any h", "group h any a", "quorum g"],
        [A, "witness", "quorum a"],
        ["colour blue", "quorum none"],
        ["quorum none\r"],
    ],
)
def test_what_cannot_be_read_as_a_policy_is_refused(lines):
    with pytest.raises(UnreadablePolicy):
        policy(*lines)


def test_the_wrong_line_is_named_by_its_number():
    with pytest.raises(UnreadablePolicy, match="line 3"):
        policy(A, "colour blue", "quorum a")


def test_an_endless_file_is_refused():
    with pytest.raises(UnreadablePolicy):
        policy(*["#"] * 2_000, "quorum none")


def test_a_cosignature_that_is_cut_or_of_no_time_refuses_the_note():
    (witness,) = policy(A, "quorum a").witnesses
    name, signature = read_signature(cosigned("a").splitlines()[-1])
    for spoilt in (
        signature[:-1],
        signature[:4] + b"\xff" * 8 + signature[12:],
        signature[:12] + bytes(64),
    ):
        with pytest.raises(UntrustedNote):
            witness.verifier.seen_at(NOTE + signature_line(name, spoilt))
