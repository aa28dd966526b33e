"""Pure decisions about identity: is a registration sound, is a name the same, who is meant.

Certainty only: an agreeing certificate with an agreeing name, birth date and sex is the same
person; an agreeing certificate with anything disagreeing is for a person to look at. A wrong
merge would show one person's record to another, so doubt never merges and never makes a second.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from openhealthcode.identity.model import (
    Claim,
    Holder,
    Known,
    New,
    NumberDisagrees,
    Registration,
    RegistrationMalformed,
    Resolution,
    Review,
    ReviewReason,
)
from openhealthcode.standards import NationalId, Sex, division

_SEPARATORS = "·•.・‧∙⋅-'’‘`,，、"
"""U+00B7 is the rule for foreign names in Chinese; the others are what is typed for it."""
_REMOVED = dict.fromkeys(map(ord, _SEPARATORS))
_LONGEST_NAME = 128
_LONGEST_ADDRESS = 512
_LONGEST_LANGUAGE = 35
_MOST_CERTIFICATES = 16


@lru_cache(maxsize=4096)
def normalise_name(name: str) -> str:
    """The form in which two spellings of one name are compared.

    Width, case, spaces and separators do not matter. Script does: 張 and 张 stay different, since
    a person decides about everything that is not certain.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(folded.translate(_REMOVED).split())


def check(registration: Registration) -> None:
    """Refuse what no correct registration contains.

    Raises:
        RegistrationMalformed: no name, no certificate of this person alone, two ID numbers, or text
            beyond all bounds.
        NumberDisagrees: birth date or sex are not those of the ID number.
    """
    if not 0 < len(registration.certificates) <= _MOST_CERTIFICATES:
        raise RegistrationMalformed("between one and sixteen certificates are needed")
    if not any(certificate.names_one_person for certificate in registration.certificates):
        raise RegistrationMalformed("a household's number is nobody's own")
    _check_text(registration.name, _LONGEST_NAME, "name")
    _check_text(registration.address, _LONGEST_ADDRESS, "address")
    _check_text(registration.language, _LONGEST_LANGUAGE, "language")
    if not normalise_name(registration.name):
        raise RegistrationMalformed("a name is needed")
    numbers = national_ids(registration)
    if len({number.number for number in numbers}) > 1:
        raise RegistrationMalformed("one person has one ID number")
    for number in numbers:
        _check_agreement(registration, number)


def warnings(registration: Registration) -> tuple[str, ...]:
    """What looks unusual without being wrong, as stable codes."""
    numbers = national_ids(registration)
    found = {division.examine(number.division_code, number.birth_date) for number in numbers}
    return tuple(sorted(filter(None, found)))


def national_ids(registration: Registration) -> tuple[NationalId, ...]:
    """The ID numbers among the certificates, whichever document carries them."""
    return tuple(
        NationalId(certificate.number)
        for certificate in registration.certificates
        if certificate.is_citizen_number
    )


def decide(
    claims: Iterable[Claim], holders: Mapping[bytes, Holder], national_key: bytes | None
) -> Resolution:
    """Who a registration is about.

    Args:
        claims: one for each certificate of the registration.
        holders: those of the certificates that are registered, by identifier key.
        national_key: the identifier key of the ID number of the one resident they point to.
    """
    claims = tuple(claims)
    residents = sorted({holder.resident_id for holder in holders.values()})
    if not residents:
        return New()
    if len(residents) > 1:
        return Review(ReviewReason.DIFFERENT_RESIDENTS, tuple(residents))
    reason = next(filter(None, (_disagreement(claim, holders) for claim in claims)), None)
    if reason is None and _is_second_number(claims, holders, national_key):
        reason = ReviewReason.SECOND_NATIONAL_ID
    return Known(residents[0]) if reason is None else Review(reason, tuple(residents))


def with_registered_names(
    claims: Mapping[bytes, Claim], holders: Mapping[bytes, Holder]
) -> tuple[Claim, ...]:
    """The claims as if made with the names registered; none, if no ID number agrees.

    For a name that disagrees by its characters and may be the same all the same: whether it is,
    the caller must find out.
    """
    if not any(claims[key].is_national for key in holders):
        return ()
    return tuple(
        replace(claim, name_key=holders[key].claim.name_key) if key in holders else claim
        for key, claim in claims.items()
    )


def _disagreement(claim: Claim, holders: Mapping[bytes, Holder]) -> ReviewReason | None:
    holder = holders.get(claim.identifier_key)
    if holder is None:
        return None
    registered = holder.claim
    if registered.name_key != claim.name_key:
        return ReviewReason.NAME_DISAGREES
    if _differ(registered.birth_key, claim.birth_key):
        return ReviewReason.BIRTH_DATE_DISAGREES
    if _differ(registered.sex_key, claim.sex_key):
        return ReviewReason.SEX_DISAGREES
    return None


def _differ(registered: bytes | None, claimed: bytes | None) -> bool:
    return registered is not None and claimed is not None and registered != claimed


def _is_second_number(
    claims: Iterable[Claim], holders: Mapping[bytes, Holder], national_key: bytes | None
) -> bool:
    """Two valid different ID numbers are the strongest evidence against one person.

    One that was superseded is no second one: it is registered, with the same resident.
    """
    return national_key is not None and any(
        claim.is_national
        and claim.identifier_key != national_key
        and claim.identifier_key not in holders
        for claim in claims
    )


def _check_text(text: str, longest: int, what: str) -> None:
    if len(text) > longest:
        raise RegistrationMalformed(f"the {what} is too long")
    # Private-use characters stay: that is how rare characters of names arrive.
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        raise RegistrationMalformed(f"the {what} holds a control character")


def _check_agreement(registration: Registration, number: NationalId) -> None:
    if registration.birth_date not in {None, number.birth_date}:
        raise NumberDisagrees
    if registration.sex in {Sex.MALE, Sex.FEMALE} and registration.sex is not number.sex:
        raise NumberDisagrees
