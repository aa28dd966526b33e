"""How far two registrations agree, field by field: one level each, the first that holds.

The same levels stand as SQL conditions in the model file, over ``columns``: batch linkage finds the
same level for the same pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from openhealthcode.identity.matching.distance import is_one_error, similarity
from openhealthcode.identity.matching.model import Comparison, Field, Level, Variant
from openhealthcode.identity.matching.names import (
    PLACEHOLDER,
    family_sound,
    fits,
    given_sound,
    letters,
    shape,
)
from openhealthcode.standards import Sex

SIMILAR_FROM: Final = 0.88
_SHORTEST_MISTYPED: Final = 3
"""Words of fewer letters differ by one letter too easily."""

ONLINE: Final = (
    Field.FAMILY,
    Field.GIVEN,
    Field.BIRTH,
    Field.SEX,
    Field.NUMBER,
    Field.CONTACT,
    Field.MOTHER,
)
"""The fields that are compared unless a model asks for others."""


def compare(left: Variant, right: Variant, fields: Iterable[Field] = ONLINE) -> Comparison:
    """The level of each field."""
    return {field: LEVELS[field](left, right) for field in fields}


def _family(left: Variant, right: Variant) -> Level:
    return _name(left, right, left.family, right.family, family_sound)


def _given(left: Variant, right: Variant) -> Level:
    one, other = left.given, right.given
    level = _name(left, right, one, other, given_sound)
    if level is Level.DIFFERENT and _shares_a_character(one, other):
        return Level.SHARED_CHARACTER
    return level


def _name(
    left: Variant, right: Variant, one: str, other: str, reading: Callable[[str], str]
) -> Level:
    # A newborn's temporary name is the mother's and says nothing of the child's.
    if not one or not other or left.is_newborn or right.is_newborn:
        return Level.NOT_SAID
    if PLACEHOLDER in one + other and fits(one, other):
        return Level.PLACEHOLDER
    if one == other:
        return Level.EQUAL
    if left.family == right.given and left.given == right.family:
        return Level.EXCHANGED
    return _near(one, other, reading)


def _near(one: str, other: str, reading: Callable[[str], str]) -> Level:
    if reading(one) == reading(other):
        return Level.SAME_SOUND
    if shape(one) == shape(other):
        return Level.LOOK_ALIKE
    return _by_letter(letters(one), letters(other))


def _by_letter(left: str, right: str) -> Level:
    if not left or not right:
        return Level.DIFFERENT
    if min(len(left), len(right)) >= _SHORTEST_MISTYPED and is_one_error(left, right):
        return Level.TYPING_ERROR
    return Level.SIMILAR if similarity(left, right) >= SIMILAR_FROM else Level.DIFFERENT


def _shares_a_character(left: str, right: str) -> bool:
    return (
        len(left) == len(right) == 2
        and not letters(left)
        and not letters(right)
        and (left[0] == right[0] or left[1] == right[1])
    )


def _is_settled_by_number(left: Variant, right: Variant) -> bool:
    """An ID number that agrees holds birth date and sex: they are no further evidence."""
    return bool(left.number) and left.number == right.number


def _birth(left: Variant, right: Variant) -> Level:
    one, other = left.birth, right.birth
    if not one or not other or _is_settled_by_number(left, right):
        return Level.NOT_SAID
    if one == other:
        return Level.EQUAL
    if one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]:
        return Level.EXCHANGED
    if is_one_error(one, other):
        return Level.TYPING_ERROR
    equal = (one[:4] == other[:4]) + (one[5:7] == other[5:7]) + (one[8:] == other[8:])
    if equal >= 2:
        return Level.TWO_PARTS
    return Level.SAME_YEAR if one[:4] == other[:4] else Level.DIFFERENT


def _sex(left: Variant, right: Variant) -> Level:
    said = Sex.UNKNOWN not in (left.sex, right.sex)
    if not said or _is_settled_by_number(left, right):
        return Level.NOT_SAID
    return Level.EQUAL if left.sex is right.sex else Level.DIFFERENT


def _contact(left: Variant, right: Variant) -> Level:
    can_phone = bool(left.phone and right.phone)
    is_phone = can_phone and left.phone == right.phone
    address = _address(left, right)
    if is_phone:
        is_both = address is Level.SAME_ADDRESS
        return Level.PHONE_AND_ADDRESS if is_both else Level.SAME_PHONE
    if address is Level.NOT_SAID and can_phone:
        return Level.DIFFERENT
    return address


def _address(left: Variant, right: Variant) -> Level:
    """A place and a house agree; or the place; or only the town. Areas are too large to count."""
    one, other = left.place or left.road, right.place or right.road
    if not (one and other) and not (left.town and right.town):
        return Level.NOT_SAID
    is_place = _agree(left.place, right.place) or _agree(left.road, right.road)
    if is_place and _agree(left.door, right.door):
        return Level.SAME_ADDRESS
    if is_place:
        return Level.SAME_COMMUNITY
    return Level.SAME_TOWN if _agree(left.town, right.town) else Level.DIFFERENT


def _agree(left: str, right: str) -> bool:
    return bool(left) and left == right


def _equal_or_not(left: str, right: str) -> Level:
    if not left or not right:
        return Level.NOT_SAID
    return Level.EQUAL if left == right else Level.DIFFERENT


def _word(left: str, right: str) -> Level:
    """For words and numbers as addresses have them; a number has no letters to be mistyped in."""
    if not left or not right:
        return Level.NOT_SAID
    if left == right:
        return Level.EQUAL
    is_ascii = left.isascii() and right.isascii()
    if is_ascii and min(len(left), len(right)) >= _SHORTEST_MISTYPED and is_one_error(left, right):
        return Level.TYPING_ERROR
    is_similar = is_ascii and similarity(left, right) >= SIMILAR_FROM
    return Level.SIMILAR if is_similar else Level.DIFFERENT


LEVELS: Final[Mapping[Field, Callable[[Variant, Variant], Level]]] = {
    Field.FAMILY: _family,
    Field.GIVEN: _given,
    Field.BIRTH: _birth,
    Field.SEX: _sex,
    Field.NUMBER: lambda left, right: _equal_or_not(left.number, right.number),
    Field.CONTACT: _contact,
    Field.MOTHER: lambda left, right: _equal_or_not(left.mother, right.mother),
    Field.AREA: lambda left, right: _word(left.area, right.area),
    Field.TOWN: lambda left, right: _word(left.town, right.town),
    Field.PLACE: lambda left, right: _word(left.place, right.place),
    Field.ROAD: lambda left, right: _word(left.road, right.road),
    Field.DOOR: lambda left, right: _word(left.door, right.door),
    Field.POSTCODE: lambda left, right: _word(left.postcode, right.postcode),
}


def columns(variant: Variant) -> dict[str, str | None]:
    """The columns over which a model file's SQL conditions are written; null is not said."""
    family, given = ("", "") if variant.is_newborn else (variant.family, variant.given)
    said = {
        "family": family,
        "family_sound": family_sound(family),
        "family_shape": shape(family),
        "family_letters": letters(family),
        "given": given,
        "given_sound": given_sound(given),
        "given_shape": shape(given),
        "given_letters": letters(given),
        "birth": variant.birth,
        "sex": "" if variant.sex is Sex.UNKNOWN else variant.sex.value,
        "number": variant.number,
        "phone": variant.phone,
        "area": variant.area,
        "town": variant.town,
        "place": variant.place,
        "road": variant.road,
        "door": variant.door,
        "postcode": variant.postcode,
        "mother": variant.mother,
    }
    return {name: value or None for name, value in said.items()}
