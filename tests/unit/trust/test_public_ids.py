"""A public id says nothing, is always the same, and only this installation's opens."""

from __future__ import annotations

import base64
import re
from uuid import UUID, uuid4

import pytest

from openhealthcode.trust import Keys, UnreadableId

RESIDENT, ENTRY = UUID(int=1), UUID(int=2)


def test_an_id_is_sixty_four_characters_of_the_fhir_id_alphabet(keys):
    for _ in range(200):
        assert re.fullmatch(r"[A-Za-z0-9.-]{64}", keys.seal_id(uuid4(), uuid4()))


def test_the_same_entry_always_has_the_same_id_and_opens(keys):
    sealed = keys.seal_id(RESIDENT, ENTRY)
    assert sealed == keys.seal_id(RESIDENT, ENTRY)
    assert keys.open_id(sealed) == (RESIDENT, ENTRY)


def test_two_entries_of_one_resident_share_no_part(keys):
    first, second = keys.seal_id(RESIDENT, ENTRY), keys.seal_id(RESIDENT, UUID(int=3))
    assert sum(a == b for a, b in zip(first, second, strict=True)) < 12


def test_another_installation_s_id_does_not_open(keys, tmp_path):
    other = Keys.open(tmp_path / "other")
    foreign = other.seal_id(RESIDENT, ENTRY)
    other.close()
    with pytest.raises(UnreadableId):
        keys.open_id(foreign)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "A" * 63,
        "A" * 64,
        "A" * 65,
        "+" * 64,
        "=" * 64,
        "中" * 64,
        "A" * 62 + "==",
        "\0" * 64,
    ],
)
def test_a_made_up_id_does_not_open(keys, text):
    with pytest.raises(UnreadableId):
        keys.open_id(text)


def test_an_id_has_no_second_spelling(keys):
    sealed = keys.seal_id(RESIDENT, ENTRY)
    for padded in (f"{sealed}\n", f" {sealed}", f"{sealed[:9]} {sealed[9:]}", f"{sealed}===="):
        with pytest.raises(UnreadableId):
            keys.open_id(padded)


def test_no_changed_character_opens(keys):
    sealed = keys.seal_id(RESIDENT, ENTRY)
    for position in range(64):
        changed = "A" if sealed[position] != "A" else "B"
        with pytest.raises(UnreadableId):
            keys.open_id(sealed[:position] + changed + sealed[position + 1 :])


def test_the_standard_alphabet_is_not_accepted(keys):
    while "-" not in (sealed := keys.seal_id(uuid4(), uuid4())):
        continue
    with pytest.raises(UnreadableId):
        keys.open_id(sealed.replace("-", "+"))


def test_swapping_resident_and_entry_gives_another_id(keys):
    assert keys.seal_id(RESIDENT, ENTRY) != keys.seal_id(ENTRY, RESIDENT)
    assert len(base64.b64decode(keys.seal_id(RESIDENT, ENTRY), b"-.")) == 48
