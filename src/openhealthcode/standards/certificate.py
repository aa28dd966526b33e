"""Documents by which a resident is known (身份证件): the ID number first, others beside it.

``certificate_kind`` lists the kinds, ``certificate_form`` says what their numbers look like.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date

from openhealthcode.standards.certificate_form import (
    BEARS_CITIZEN_NUMBER,
    CITIZEN_NUMBER_LENGTH,
    FORMS,
    LOCAL,
    lifelong,
)
from openhealthcode.standards.certificate_kind import CertificateKind, CertificateMalformed
from openhealthcode.standards.national_id import NationalId

_LONGEST_NUMBER = 96
"""Machine-readable lines have up to ninety characters."""
_LONGEST_KEPT = 64
_LONGEST_ISSUER = 256
_FIFTEEN = 15


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's kind, issuer and number; the issuer matters where numbers are local.

    The period is what the document says about itself; it is no part of which document it is.
    """

    kind: CertificateKind
    number: str = field(repr=False)
    issuer: str = ""
    valid_from: date | None = field(default=None, compare=False)
    valid_until: date | None = field(default=None, compare=False)
    """The last day on which it is valid; none: not said, or for good."""

    @classmethod
    def parse(cls, kind: CertificateKind, text: str, issuer: str = "") -> Certificate:
        """Read a certificate number; separators, width and case are forgiven, a wrong check is not.

        Raises:
            CertificateMalformed: not the form of its kind, too long, with control characters or a
                vertical bar, or a number that means nothing without an issuer and has none.
            NotANationalId: an ID number is expected, and it fails GB 11643.
        """
        if kind is CertificateKind.NATIONAL_ID:
            return cls(kind, NationalId.parse(text).number)
        compact = "".join(unicodedata.normalize("NFKC", text).split())
        number = compact.replace("-", "").upper()
        if not 0 < len(number) <= _LONGEST_NUMBER or not number.isprintable() or "|" in number:
            raise CertificateMalformed
        issuer = issuer.strip()
        if len(issuer) > _LONGEST_ISSUER or not issuer.isprintable():
            raise CertificateMalformed("the issuer is too long or not a name")
        if not issuer and kind in LOCAL:
            raise CertificateMalformed("this kind of number needs its issuer")
        form = FORMS.get(kind)
        number, issuer = form(number, issuer) if form else (number, issuer)
        if len(number) > _LONGEST_KEPT:
            raise CertificateMalformed
        return cls(kind, number, issuer)

    @classmethod
    def from_register(cls, kind: CertificateKind, text: str, issuer: str = "") -> Certificate:
        """As ``parse``, for what old registers hold: ID numbers of fifteen digits are converted.

        Raises:
            As ``parse``.
        """
        if kind is CertificateKind.NATIONAL_ID and len("".join(text.split())) == _FIFTEEN:
            return cls(kind, NationalId.from_fifteen_digits(text).number)
        return cls.parse(kind, text, issuer)

    @property
    def is_citizen_number(self) -> bool:
        """Whether the number is one of GB 11643, whichever document carries it."""
        return (
            self.kind in BEARS_CITIZEN_NUMBER
            and len(self.number) == CITIZEN_NUMBER_LENGTH
            and not self.issuer
        )

    @property
    def names_one_person(self) -> bool:
        """Whether nobody else has this number: a household's book is everybody's in it."""
        return self.kind is not CertificateKind.HOUSEHOLD_BOOK or self.is_citizen_number

    @property
    def normalised(self) -> str:
        """The one text under which this certificate is found again, whoever typed it.

        A renewed permit and the one before it have the same, and so has one ID number on several
        documents.
        """
        if self.is_citizen_number:
            return f"{CertificateKind.NATIONAL_ID.value}||{self.number}"
        return f"{self.kind.value}|{self.issuer}|{lifelong(self.kind, self.number)}"

    @property
    def masked(self) -> str:
        """The form that may appear on screens."""
        if self.is_citizen_number:
            return NationalId(self.number).masked
        shown = max(1, len(self.number) // 4)
        return self.number[:shown] + "*" * (len(self.number) - 2 * shown) + self.number[-shown:]

    def has_expired(self, on: date) -> bool:
        """Whether its own period says that it is over on a day."""
        return self.valid_until is not None and on > self.valid_until
