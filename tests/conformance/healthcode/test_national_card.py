"""The national card's ids and codes, byte for byte: our own vectors, and the published one when at hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gmssl import sm4

from openhealthcode.healthcode import UnreadableCode
from openhealthcode.healthcode.national_card import CardForm, NationalCard, read, write
from openhealthcode.standards import InvalidInput
from openhealthcode.trust import UntrustedCode
from openhealthcode.trust.national_card import NationalCardKeys, _dispersion, _encrypted

_ROOT = Path(__file__).parents[3]
_OURS = json.loads((_ROOT / "docs" / "vectors" / "national-card.json").read_text("utf-8"))
_PUBLISHED = _ROOT.parent / "shared" / "data" / "ehc_vectors.json"


def vectors():
    found = list(_OURS["cards"])
    if _PUBLISHED.exists():
        given = json.loads(_PUBLISHED.read_text("utf-8"))
        found.append({**given, "says": "published", "security_key": given["root_key(test)"]})
    return found


def bytes_of(vector, name):
    return bytes.fromhex(vector[name])


def theirs(key, data, mode=sm4.SM4_ENCRYPT):
    """SM4 of another implementation, block by block."""
    cipher = sm4.CryptSM4(padding_mode=0)
    cipher.set_key(key, mode)
    blocks = [list(data[at : at + 16]) for at in range(0, len(data), 16)]
    return b"".join(bytes(cipher.one_round(cipher.sk, block)) for block in blocks)


@pytest.mark.parametrize("vector", vectors(), ids=lambda one: one["says"])
def test_a_cards_id_is_made_as_published(vector):
    factor = _dispersion(bytes_of(vector, "main_index"))
    assert factor[:8].hex().upper() == vector["factor"]
    assert factor[8:].hex().upper() == vector["factor_complement"]
    own = _encrypted(bytes_of(vector, "security_key"), factor)
    assert own.hex().upper() == vector["user_key"]
    keys = NationalCardKeys(bytes_of(vector, "security_key"), bytes(16))
    number = vector["id_number"]
    made = keys.card_id(bytes_of(vector, "main_index"), vector["id_type"], number)
    assert made.hex().upper() == vector["ehealth_card_id"]
    assert theirs(own, made, sm4.SM4_DECRYPT) == bytes_of(vector, "plaintext_hex")
    static = NationalCard(CardForm.STATIC, made)
    assert write(static) == vector["static_qr"]
    assert read(vector["static_qr"]) == read(vector["static_qr"].lower()) == static


@pytest.mark.parametrize("vector", _OURS["validities"], ids=lambda one: one["until"])
def test_a_validity_is_made_as_published(vector):
    key = bytes_of(vector, "protection_key")
    keys, until = NationalCardKeys(bytes(16), key), datetime.fromisoformat(vector["until"])
    block = keys.validity(until)
    assert block.hex().upper() == vector["validity"]
    assert keys.open_validity(block) == until.astimezone(UTC)
    assert theirs(key, block, sm4.SM4_DECRYPT).hex() == vector["digits"].ljust(32, "0")


@pytest.mark.parametrize("vector", _OURS["codes"], ids=lambda one: one["form"])
def test_a_code_is_written_and_read_as_published(vector):
    card = NationalCard(
        CardForm(vector["form"]),
        bytes_of(vector, "card_id"),
        bytes_of(vector, "validity"),
    )
    assert write(card) == vector["text"]
    assert read(vector["text"]) == card


@pytest.mark.parametrize("text", _OURS["refused"])
def test_what_is_not_quite_a_code_is_refused(text):
    with pytest.raises(UnreadableCode):
        read(text)


def test_a_time_that_is_none_was_not_made_under_this_key():
    keys = NationalCardKeys(bytes(16), bytes(16))
    for content in ("20261331000000", "20260229000000", "2026112225", "ABCDEF01020304"):
        block = theirs(bytes(16), bytes.fromhex(content.ljust(32, "0")))
        with pytest.raises(UntrustedCode):
            keys.open_validity(block)
    with pytest.raises(UntrustedCode):  # a good time, and something behind it
        keys.open_validity(theirs(bytes(16), bytes.fromhex("20261122120000".ljust(31, "0") + "1")))
    with pytest.raises(UntrustedCode):
        NationalCardKeys(bytes(16), b"\1" * 16).open_validity(keys.validity(datetime.now(UTC)))


def test_a_number_too_long_for_a_card_is_refused():
    keys = NationalCardKeys(bytes(16), bytes(16))
    assert len(keys.card_id(bytes(32), "03", "A" * 30)) == 32
    for index, number in ((bytes(32), "A" * 31), (bytes(31), "A")):
        with pytest.raises(InvalidInput):
            keys.card_id(index, "03", number)
