"""Pure decisions about accounts: how long a lock lasts, which passwords and roles are possible."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from openhealthcode.sign_in.model import AccountUnsuitable, Role
from openhealthcode.standards.ids import InstitutionId

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 128
_LONGEST_STAFF_NUMBER: Final = 64
_FREE_FAILURES: Final = 4
_FIRST_LOCK_SECONDS: Final = 30
_LONGEST_LOCK_SECONDS: Final = 900
_FEWEST_DIFFERENT: Final = 5
_LONG_AGO: Final = timedelta(days=1)
_LEAST_SHARE: Final = 0.8


def lock_seconds(failures: int) -> int:
    """How long a staff number stays locked after so many failures in a row.

    Four are free; then half a minute, doubling up to a quarter of an hour: an attacker gets about
    a hundred guesses a day, and a clinician who mistypes loses little.
    """
    if failures <= _FREE_FAILURES:
        return 0
    return min(_LONGEST_LOCK_SECONDS, _FIRST_LOCK_SECONDS << min(failures - _FREE_FAILURES - 1, 10))


def locks(at: datetime) -> list[datetime]:
    """Until when a failure now would lock, by number of failures, beginning with one.

    The last holds for all beyond. Where there is no lock the time lies well before, so that
    attempts which overtake each other by a moment do not lock each other out.
    """
    seconds = (lock_seconds(failures) for failures in range(1, _FREE_FAILURES + 7))
    return [at + timedelta(seconds=each) if each else at - _LONG_AGO for each in seconds]


def check_account(staff_number: str, password: str, roles: Collection[Role]) -> None:
    """Refuse an account that should not exist.

    Raises:
        AccountUnsuitable: no or an impossible staff number, no role, or a password too easy.
    """
    if not 0 < len(staff_number) <= _LONGEST_STAFF_NUMBER or not staff_number.isprintable():
        raise AccountUnsuitable("a staff number of at most 64 characters is needed")
    if not roles:
        raise AccountUnsuitable("an account needs a role")
    if Role.AUDITOR in roles and len(set(roles)) > 1:
        raise AccountUnsuitable("who audits has no other role")
    check_password(staff_number, password)


def check_password(staff_number: str, password: str) -> None:
    """Refuse a password that is short, repeats few characters or contains the staff number.

    Raises:
        AccountUnsuitable: the message says which.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountUnsuitable("a password has between 12 and 128 characters")
    if len(set(password)) < _FEWEST_DIFFERENT:
        raise AccountUnsuitable("a password has at least five different characters")
    if staff_number.casefold() in password.casefold():
        raise AccountUnsuitable("a password does not contain the staff number")


def home_of(sign_ins: Mapping[InstitutionId, int]) -> InstitutionId | None:
    """At whose house a browser stands, by how often whose staff signed in there; None if unclear.

    Where only one house signs in it is theirs from the first time on. Of several, four fifths must be
    one's: a guest makes nobody's desk their own, and a browser that many share stands nowhere.
    """
    if not sign_ins:
        return None
    home = max(sign_ins, key=lambda one: sign_ins[one])
    is_clear = sign_ins[home] >= _LEAST_SHARE * sum(sign_ins.values())
    return home if is_clear else None


def normalise_staff_number(text: str) -> str:
    """The form in which a staff number is stored and compared: as printed, capitals, no spaces."""
    return "".join(text.split()).upper()
