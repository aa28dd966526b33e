"""The values of matching: what is compared, how far two agree, and what follows from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from openhealthcode.standards import Sex
from openhealthcode.standards.ids import ResidentId

_MOST_BITS = 1000


@dataclass(frozen=True, slots=True)
class Variant:
    """One registration in the form in which it is compared. Empty text: not said.

    Args:
        family: the surname, normalised and in simplified characters; empty where a name has none
            that could be told (names with a middle dot), which then stands in ``given`` as a whole.
        given: the given name; ``_`` stands for a character that did not arrive.
        birth: the birth date as ``YYYY-MM-DD``.
        number: a valid ID number of eighteen characters.
        phone: a number that is no placeholder, with its country code.
        area: province to county; for addresses outside China the state.
        town: street office or township; outside China the town.
        place: community or village; outside China what else the address names.
        door: the numbers of house, building, unit and room, joined by hyphens.
        mother: the mother's ID number.
        is_newborn: the name is one that a ward gave (张三之子), which is nobody's yet.
    """

    family: str = field(default="", repr=False)
    given: str = field(default="", repr=False)
    birth: str = field(default="", repr=False)
    sex: Sex = field(default=Sex.UNKNOWN, repr=False)
    number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    area: str = field(default="", repr=False)
    town: str = field(default="", repr=False)
    place: str = field(default="", repr=False)
    road: str = field(default="", repr=False)
    door: str = field(default="", repr=False)
    postcode: str = field(default="", repr=False)
    mother: str = field(default="", repr=False)
    is_newborn: bool = False

    @property
    def name(self) -> str:
        """Surname and given name in the Chinese order, without a space."""
        return self.family + self.given


class Block(StrEnum):
    """What two registrations must share to be compared at all."""

    NUMBER = "V"
    """The ID number; found through the certificates, so it needs no column of its own."""
    NUMBER_BEGINS = "A"
    """County, birth date and sex as the ID number has them."""
    NUMBER_ENDS = "B"
    """The ID number from the birth date on, without the century."""
    SOUND_AND_BIRTH = "N"
    NAME_AND_DAY = "M"
    """Name, month and day: the year may be wrong."""
    PHONE = "P"
    SURNAME_AND_BIRTH = "S"
    GIVEN_AND_BIRTH = "G"
    ADDRESS_AND_YEAR = "D"
    SOUND_AND_COMMUNITY = "C"
    """Sound of the name, birth year, sex and community: the birth date may be wrong."""
    MOTHER = "K"


class Field(StrEnum):
    """What is compared; the names are those of the comparisons in a model file."""

    FAMILY = "family"
    GIVEN = "given"
    BIRTH = "birth"
    SEX = "sex"
    NUMBER = "number"
    CONTACT = "contact"
    """Telephone and address as one: both say "same household"."""
    MOTHER = "mother"
    AREA = "area"
    TOWN = "town"
    PLACE = "place"
    ROAD = "road"
    DOOR = "door"
    POSTCODE = "postcode"


class Level(StrEnum):
    """How far two values agree; a field uses some of these, the names are those in a model file."""

    NOT_SAID = "not said"
    EQUAL = "equal"
    SAME_SOUND = "same sound"
    LOOK_ALIKE = "look-alike"
    PLACEHOLDER = "placeholder"
    """Equal but for a character that did not arrive."""
    EXCHANGED = "exchanged"
    """Surname and given name, or day and month, in each other's place."""
    SHARED_CHARACTER = "one character shared"
    """Two given names of two characters with one in common, as siblings often have."""
    TYPING_ERROR = "typing error"
    """One letter wrong, missing, too many, or two exchanged; never of Chinese characters."""
    SIMILAR = "similar"
    TWO_PARTS = "two parts equal"
    """Two of year, month and day."""
    SAME_YEAR = "same year"
    PHONE_AND_ADDRESS = "phone and address"
    SAME_PHONE = "phone"
    SAME_ADDRESS = "address"
    SAME_COMMUNITY = "community"
    SAME_TOWN = "town"
    DIFFERENT = "different"


Comparison = Mapping[Field, Level]
"""The level of each field."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one field says about two registrations.

    Args:
        bits: how much it speaks for one person (above zero) or for two, as a binary logarithm.
        rarity_bits: the part of ``bits`` that comes from how rare the shared value is.
    """

    field: Field
    level: Level
    bits: float
    rarity_bits: float = 0.0

    @property
    def line(self) -> str:
        """The same as one line of codes: ``birth|equal|+14.7``."""
        return f"{self.field}|{self.level}|{self.bits:+.1f}"


@dataclass(frozen=True, slots=True)
class Score:
    """How much speaks for one person: binary logarithm of the odds, zero is one to one."""

    bits: float
    evidence: tuple[Evidence, ...]

    @property
    def probability(self) -> float:
        """The same as a probability."""
        return 1 / (1 + math.pow(2, -self.bits)) if self.bits > -_MOST_BITS else 0.0

    def level_of(self, field: Field) -> Level:
        """How far a field agreed; not said, if the model does not compare it."""
        return next((e.level for e in self.evidence if e.field is field), Level.NOT_SAID)


class Rule(StrEnum):
    """The rule that decided; a number that agrees goes before every score."""

    D1 = "D1"
    """The same valid ID number, and the name agrees, sounds alike or looks alike: one person."""
    D2 = "D2"
    """The same ID number with another name: borrowed or issued twice; a person decides."""
    D3 = "D3"
    """Two different valid ID numbers: never one person without a person saying so."""
    P1 = "P1"
    """No number to compare, but name, birth date and more agree, and nobody else comes near."""
    N1 = "N1"
    """A newborn's temporary name: never joined automatically, related to the mother."""
    SCORE = "score"
    """The score alone."""


class MatchGrade(StrEnum):
    """How sure a match is. Source: FHIR R4 ValueSet match-grade."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    CERTAINLY_NOT = "certainly-not"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody registered who might be meant: the registration of theirs that is compared.

    Args:
        shares_certificate: registered with a certificate of the registration looked up.
    """

    resident_id: ResidentId
    variant: Variant
    score: Score
    shares_certificate: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """This resident is meant."""

    resident_id: ResidentId
    rule: Rule
    score: Score


@dataclass(frozen=True, slots=True)
class Doubt:
    """One of these may be meant, the likeliest first; a person decides."""

    rule: Rule
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody who is registered is meant."""


Decision = Link | Doubt | Nobody


@dataclass(frozen=True, slots=True)
class Match:
    """A resident whom a look-up found, and why; says nothing of who that is."""

    resident_id: ResidentId
    grade: MatchGrade
    probability: float
    bits: float
    rule: Rule
    evidence: tuple[Evidence, ...]
