"""How often what is written down about a person is wrong: two profiles, in shares of records.

All rates are assumptions: no Chinese rates are published. Those of the first block follow this
project's design; the others were added so that every kind of damage named there occurs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of records in which something goes wrong."""

    name: str
    number_missing: float
    number_wrong: float
    number_fifteen: float
    homophone: float
    look_alike: float
    lost_or_doubled: float
    rare_fallback: float
    name_changed: float
    birth_wrong: float
    birth_swapped: float
    first_of_january: float
    sex_wrong: float
    phone_missing: float
    phone_changed: float
    phone_wrong: float
    address_missing: float
    address_changed: float
    dot_variant: float  # of dotted names
    unnamed_newborn: float  # of registrations at birth
    issued_twice: float  # of people

    # Added here.
    number_superseded: float  # of records of people whose number changed
    traditional: float
    name_placeholder: float
    foreign_variant: float  # of names in Latin letters
    birth_missing: float
    sex_missing: float
    phone_placeholder: float
    address_otherwise: float


MODERN = Profile(
    name="modern",
    number_missing=0.05,
    number_wrong=0.004,
    number_fifteen=0.003,
    homophone=0.006,
    look_alike=0.003,
    lost_or_doubled=0.002,
    rare_fallback=0.0015,
    name_changed=0.002,
    birth_wrong=0.004,
    birth_swapped=0.002,
    first_of_january=0.002,
    sex_wrong=0.002,
    phone_missing=0.10,
    phone_changed=0.15,
    phone_wrong=0.01,
    address_missing=0.20,
    address_changed=0.12,
    dot_variant=0.25,
    unnamed_newborn=0.60,
    issued_twice=1e-5,
    number_superseded=0.3,
    traditional=0.001,
    name_placeholder=0.0002,
    foreign_variant=0.2,
    birth_missing=0.003,
    sex_missing=0.003,
    phone_placeholder=0.003,
    address_otherwise=0.30,
)
LEGACY = Profile(
    name="legacy",
    number_missing=0.30,
    number_wrong=0.015,
    number_fifteen=0.06,
    homophone=0.02,
    look_alike=0.008,
    lost_or_doubled=0.006,
    rare_fallback=0.004,
    name_changed=0.005,
    birth_wrong=0.02,
    birth_swapped=0.006,
    first_of_january=0.03,
    sex_wrong=0.005,
    phone_missing=0.25,
    phone_changed=0.22,
    phone_wrong=0.02,
    address_missing=0.35,
    address_changed=0.17,
    dot_variant=0.50,
    unnamed_newborn=0.80,
    issued_twice=1.26e-3,
    number_superseded=0.5,
    traditional=0.003,
    name_placeholder=0.001,
    foreign_variant=0.4,
    birth_missing=0.02,
    sex_missing=0.02,
    phone_placeholder=0.015,
    address_otherwise=0.40,
)
PROFILES = {profile.name: profile for profile in (MODERN, LEGACY)}
