"""From one form into the other: what somebody else signed, signed anew by us, and what was lost.

Whoever reads the result believes us, not the first issuer: it carries our key, and the report says
what is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from openhealthcode.credential import certificate, health_card, numeric
from openhealthcode.credential.errors import TooLargeForACode, UnreadableCredential
from openhealthcode.credential.issuers import Issuers
from openhealthcode.credential.model import (
    Form,
    Loss,
    LossReason,
    Part,
    Read,
    Statement,
)
from openhealthcode.trust import P256Signer

CERTIFICATE_DAYS: Final = 90
_LONGEST_TEXT: Final = 16_384
"""Four times what the largest QR code holds."""
_GIVEN_UP_FIRST: Final = (
    Part.PROBLEMS, Part.MEDICATION, Part.IMPLANTS, Part.CONTACTS, Part.ALLERGIES,
    Part.BLOOD,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Issued:
    """A card or certificate of ours.

    Args:
        text: what its QR code holds.
        jws: of a card, for its file; empty for a certificate.
        statement: what is in it.
        losses: what of the original is not.
        expires_at: until when; None for what stays true.
    """

    form: Form
    text: str = field(repr=False)
    jws: str = field(repr=False)
    statement: Statement
    losses: tuple[Loss, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedBy:
    """Who issues: the key, the address cards name, and the name certificates carry."""

    signer: P256Signer = field(repr=False)
    address: str
    name: str


def read(text: str, issuers: Issuers, now: datetime) -> Read:
    """Check whatever was scanned: a card's digits, its JWS, or a certificate.

    An older card in several codes is given with each of them on a line.

    Raises:
        UnreadableCredential: none of them, or damaged.
        UnknownCredentialIssuer, UntrustedCredential, EarlyCredential, ExpiredCredential,
            RevokedCredential: as the forms say.
    """
    given = text.strip()
    if len(given) > _LONGEST_TEXT:
        raise UnreadableCredential
    if given[: len(certificate.PREFIX)].upper() == certificate.PREFIX:
        return certificate.verify(given, issuers, now)
    if not given[: len(numeric.PREFIX)].lower().startswith(numeric.PREFIX):
        return health_card.verify(given, issuers, now)
    try:
        jws = numeric.decode([one.strip().lower() for one in given.splitlines()])
    except ValueError:
        raise UnreadableCredential from None
    return health_card.verify(jws, issuers, now)


def issue_fitting(
    form: Form,
    by: IssuedBy,
    statement: Statement,
    *,
    issued_at: datetime,
    rid: str,
    expires_at: datetime | None = None,
    losses: tuple[Loss, ...] = (),
) -> Issued:
    """Issue as much of a statement as fits one QR code; what is given up is in the report.

    Of an emergency summary the last diagnoses go first and allergies last; of vaccinations the
    oldest doses.

    Raises:
        TooLargeForACode: not even the person fits.
    """
    left = statement
    given_up: list[Loss] = []
    while True:
        try:
            text, jws = _issued(form, by, left, issued_at, rid, expires_at)
        except TooLargeForACode:
            shorter = _shortened(left)
            if shorter is None:
                raise
            left, element = shorter
            given_up.append(Loss(element, LossReason.NO_ROOM))
            continue
        until = _until(form, issued_at, expires_at)
        return Issued(form, text, jws, left, (*losses, *given_up), until)


def transcode(checked: Read, form: Form, by: IssuedBy, *, now: datetime, rid: str) -> Issued:
    """What was checked, in another form and signed by us, with everything that was lost on the way."""
    return issue_fitting(
        form,
        by,
        checked.statement,
        issued_at=now,
        rid=rid,
        expires_at=checked.expires_at,
        losses=checked.losses,
    )


def _issued(
    form: Form,
    by: IssuedBy,
    statement: Statement,
    issued_at: datetime,
    rid: str,
    expires_at: datetime | None,
) -> tuple[str, str]:
    until = _until(form, issued_at, expires_at)
    if form is Form.HEALTH_CARD:
        jws = health_card.issue(
            by.signer, statement, address=by.address, issued_at=issued_at, rid=rid, expires_at=until
        )
        return numeric.encode(jws), jws
    assert until is not None  # noqa: S101 - a certificate always ends
    text = certificate.issue(
        by.signer, statement, issuer=by.name, issued_at=issued_at, expires_at=until
    )
    return text, ""


def _until(form: Form, issued_at: datetime, expires_at: datetime | None) -> datetime | None:
    if form is Form.HEALTH_CARD or expires_at is not None:
        return expires_at
    return issued_at + timedelta(days=CERTIFICATE_DAYS)


def _shortened(statement: Statement) -> tuple[Statement, str] | None:
    """The statement without the one line that is missed least, and the name of that line."""
    told = statement.emergency
    for part in _GIVEN_UP_FIRST if told else ():
        assert told is not None  # noqa: S101 - the loop is empty otherwise
        items = told.of(part)
        if items:
            left = told.with_items(part, items[:-1])
            return replace(statement, emergency=left), f"emergency.{part.value}"
    if statement.doses:
        oldest = min(statement.doses, key=lambda dose: dose.day)
        doses = tuple(dose for dose in statement.doses if dose is not oldest)
        return replace(statement, doses=doses), "doses"
    return None
