"""What two registrations must share to be compared: the text of each blocking key.

Whoever indexes hashes these texts under a key; here they are plain, and never stored.
"""

from __future__ import annotations

from openhealthcode.identity.matching.model import Block, Variant
from openhealthcode.identity.matching.names import PLACEHOLDER, family_sound, given_sound, sound
from openhealthcode.standards import Sex

HOT_KEY_CAP = 200
"""A key that more registrations share than this says too little to be followed."""


def blocking_keys(variant: Variant) -> dict[Block, str]:
    """The keys a registration is found by; a key whose parts were not all said is left out."""
    keys = _keys_of_number(variant) | _keys_of_name(variant)
    if variant.phone:
        keys[Block.PHONE] = variant.phone
    year = variant.birth[:4]
    if variant.door and (variant.road or variant.place) and year:
        parts = (variant.area, variant.town, variant.place, variant.road, variant.door, year)
        keys[Block.ADDRESS_AND_YEAR] = "|".join(parts)
    if variant.mother:
        keys[Block.MOTHER] = variant.mother
    return keys


def _keys_of_number(variant: Variant) -> dict[Block, str]:
    number = variant.number
    if not number:
        return {}
    return {
        Block.NUMBER: number,
        Block.NUMBER_BEGINS: f"{number[:14]}|{int(number[16]) % 2}",
        Block.NUMBER_ENDS: number[8:],
    }


def _keys_of_name(variant: Variant) -> dict[Block, str]:
    """None for a ward's name, which the mother's other children had too."""
    name, birth = variant.name, variant.birth
    if not name or not birth or variant.is_newborn:
        return {}
    keys: dict[Block, str] = {}
    community = variant.place or variant.town or variant.postcode
    if variant.family and PLACEHOLDER not in variant.family and variant.sex is not Sex.UNKNOWN:
        spoken_family = family_sound(variant.family)
        keys[Block.SURNAME_AND_BIRTH] = f"{spoken_family}|{birth}|{variant.sex}"
    if PLACEHOLDER in name:
        return keys
    spoken = sound(variant.family, variant.given)
    keys[Block.SOUND_AND_BIRTH] = f"{spoken}|{birth}"
    keys[Block.NAME_AND_DAY] = f"{name}|{birth[5:]}"
    if variant.given:
        keys[Block.GIVEN_AND_BIRTH] = f"{given_sound(variant.given)}|{birth}"
    if community:
        keys[Block.SOUND_AND_COMMUNITY] = f"{spoken}|{birth[:4]}|{variant.sex}|{community}"
    return keys
