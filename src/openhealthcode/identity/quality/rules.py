"""Pure decisions about the quality of a registration: no clock, no register, no personal value out.

Each check answers one question about one registration; which checks apply, with which bounds and
with what effect, is data (``rules.toml``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import Final

from openhealthcode.identity.model import Registration
from openhealthcode.identity.quality.model import (
    Effect,
    Occasion,
    QualityRule,
    QualityRules,
    Words,
)
from openhealthcode.identity.rules import national_ids, normalise_name, warnings
from openhealthcode.standards import DivisionWarning, Sex

Check = Callable[[Registration, Occasion, QualityRule, Words], bool]

_NEWBORN: Final = re.compile(r"之(?:子|女|婴|男|长子|长女|次子|次女|大|小|双)[一二三四甲乙丙\d]?$")
_HOUSE_NUMBER: Final = re.compile(r"\d+(?:号|室|弄|幢|栋|组)")
_HAN_NAME: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]{2,4}")
_SHORTEST_ADDRESS: Final = 5
SHARED_PHONE: Final = "shared-phone"
"""The one check that needs more than the registration: how many others have its telephone."""


def examine(
    registration: Registration, occasion: Occasion, rules: QualityRules
) -> tuple[QualityRule, ...]:
    """The rules that find something doubtful in a registration, in their order."""
    return tuple(
        rule
        for rule in rules.rules
        if CHECKS[rule.check](registration, occasion, rule, rules.words)
    )


def is_set_aside(found: Collection[QualityRule]) -> bool:
    """Whether a registration with these findings is not to be registered."""
    return any(rule.effect is Effect.SET_ASIDE for rule in found)


def told(found: Collection[QualityRule]) -> tuple[str, ...]:
    """The codes whoever registers is told: everything that is not merely incomplete."""
    return tuple(rule.code for rule in found if rule.effect is not Effect.COUNT)


def trusted(registration: Registration, found: Collection[QualityRule]) -> Registration:
    """The registration as matching may use it: without the fields its findings distrust.

    The name may come back empty; this is no registration to be kept.
    """
    distrusted = {field for rule in found for field in rule.distrusts}
    if not distrusted:
        return registration
    return replace(
        registration,
        name="" if "name" in distrusted else registration.name,
        birth_date=None if "birth_date" in distrusted else registration.birth_date,
        phone=None if "phone" in distrusted else registration.phone,
        address="" if "address" in distrusted else registration.address,
    )


def _placeholder(one: Registration, _: Occasion, rule: QualityRule, __: Words) -> bool:
    return plain(_text(one, rule)) in rule.values


def _one_character(one: Registration, _: Occasion, rule: QualityRule, __: Words) -> bool:
    text = normalise_name(_text(one, rule))
    return len(text) >= rule.bound and len(set(text)) == 1


def _digits(one: Registration, _: Occasion, rule: QualityRule, __: Words) -> bool:
    return _digits_in_a_row(rule.bound).search(normalise_name(_text(one, rule))) is not None


@cache
def _digits_in_a_row(count: int) -> re.Pattern[str]:
    return re.compile(rf"\d{{{count}}}")


def _reads_as_address(one: Registration, _: Occasion, rule: QualityRule, words: Words) -> bool:
    text = normalise_name(_text(one, rule))
    if len(text) < _SHORTEST_ADDRESS:
        return False
    parts = sum(part in text for part in words.address_parts)
    numbers = _HOUSE_NUMBER.search(text) is not None
    return parts + 2 * numbers > 2 or (parts == 2 and len(text) > _SHORTEST_ADDRESS)


def _reads_as_name(one: Registration, _: Occasion, rule: QualityRule, __: Words) -> bool:
    """Only the person's own name: villages are called like people often enough."""
    text = normalise_name(_text(one, rule))
    return bool(text) and text == normalise_name(one.name)


def _surname_last(one: Registration, _: Occasion, __: QualityRule, words: Words) -> bool:
    """Nobody's surname first and a frequent one last."""
    name = normalise_name(one.name)
    if _HAN_NAME.fullmatch(name) is None:
        return False
    begins = name[0] in words.surnames or name[:2] in words.compound_surnames
    ends = name[-1] in words.common_surnames or name[-2:] in words.compound_surnames
    return ends and not begins


def _newborn_name(one: Registration, at: Occasion, rule: QualityRule, _: Words) -> bool:
    if one.birth_date is None or _NEWBORN.search(normalise_name(one.name)) is None:
        return False
    return (at.on - one.birth_date).days > rule.bound


def _born_after(one: Registration, at: Occasion, _: QualityRule, __: Words) -> bool:
    # A day of grace: somewhere it is tomorrow already.
    return one.birth_date is not None and one.birth_date > at.on + timedelta(days=1)


def _born_before(one: Registration, at: Occasion, rule: QualityRule, _: Words) -> bool:
    return one.birth_date is not None and at.on.year - one.birth_date.year > rule.bound


def _birth_date_among(one: Registration, _: Occasion, rule: QualityRule, __: Words) -> bool:
    return one.birth_date in rule.dates and not national_ids(one)


def _born_on_the_day(one: Registration, at: Occasion, rule: QualityRule, _: Words) -> bool:
    return one.birth_date == at.on and any(c.kind in rule.kinds for c in one.certificates)


def _division_unknown(one: Registration, _: Occasion, __: QualityRule, ___: Words) -> bool:
    return DivisionWarning.UNKNOWN in warnings(one)


def _division_abolished(one: Registration, _: Occasion, __: QualityRule, ___: Words) -> bool:
    return DivisionWarning.ABOLISHED in warnings(one)


def _certificate_expired(one: Registration, at: Occasion, _: QualityRule, __: Words) -> bool:
    return any(certificate.has_expired(at.on) for certificate in one.certificates)


def _placeholder_phone(one: Registration, _: Occasion, __: QualityRule, ___: Words) -> bool:
    return one.phone is not None and one.phone.is_placeholder


def _shared_phone(one: Registration, at: Occasion, rule: QualityRule, _: Words) -> bool:
    return one.phone is not None and at.phone_holders > rule.bound


def _missing(one: Registration, _: Occasion, rule: QualityRule, __: Words) -> bool:
    return _MISSING[rule.field](one)


_MISSING: Final[Mapping[str, Callable[[Registration], bool]]] = MappingProxyType(
    {
        "sex": lambda one: one.sex is Sex.UNKNOWN and not national_ids(one),
        "birth_date": lambda one: one.birth_date is None and not national_ids(one),
        "phone": lambda one: one.phone is None,
        "address": lambda one: not one.address.strip(),
    }
)

CHECKS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "placeholder": _placeholder,
        "one-character": _one_character,
        "digits": _digits,
        "reads-as-address": _reads_as_address,
        "reads-as-name": _reads_as_name,
        "surname-last": _surname_last,
        "newborn-name": _newborn_name,
        "born-after": _born_after,
        "born-before": _born_before,
        "birth-date-among": _birth_date_among,
        "born-on-the-day": _born_on_the_day,
        "division-unknown": _division_unknown,
        "division-abolished": _division_abolished,
        "certificate-expired": _certificate_expired,
        "placeholder-phone": _placeholder_phone,
        SHARED_PHONE: _shared_phone,
        "missing": _missing,
    }
)
"""Every check a rule may name."""


def plain(text: str) -> str:
    """A text without width, case, spaces and separators; what is only separators stays."""
    return normalise_name(text) or text.strip()


def _text(one: Registration, rule: QualityRule) -> str:
    return one.address if rule.field == "address" else one.name
