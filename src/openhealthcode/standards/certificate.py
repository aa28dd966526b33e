"""Documents by which a resident is known (身份证件): the ID number first, others beside it.

Source: WS 364.3-2011 CV02.01.101 (kinds 01-07 and 99); 08 follows the provincial table, and
the kinds from 90 on are this project's own for numbers that are not in that table.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from openhealthcode.standards.errors import HealthCodeError
from openhealthcode.standards.national_id import NationalId

_LONGEST_NUMBER = 64
_LONGEST_ISSUER = 256


class CertificateMalformed(HealthCodeError, ValueError):
    """The number does not fit the kind of certificate."""

    code = "certificate-malformed"


class CertificateKind(StrEnum):
    """What sort of document a number belongs to."""

    NATIONAL_ID = "01"
    HOUSEHOLD_BOOK = "02"
    PASSPORT = "03"
    OFFICER = "04"
    DRIVER = "05"
    HONG_KONG_MACAO_PERMIT = "06"
    TAIWAN_PERMIT = "07"
    BIRTH_CERTIFICATE = "08"
    INSTITUTION_NUMBER = "90"
    """A number an institution gave out; means something only together with its issuer."""
    OTHER = "99"


_LOCAL = frozenset({CertificateKind.INSTITUTION_NUMBER, CertificateKind.OTHER})
"""Kinds whose numbers different issuers give out to different people."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's kind, issuer and number; the issuer matters where numbers are local."""

    kind: CertificateKind
    number: str = field(repr=False)
    issuer: str = ""

    @classmethod
    def parse(cls, kind: CertificateKind, text: str, issuer: str = "") -> Certificate:
        """Read a certificate number; separators, width and case are forgiven, a wrong check is not.

        Raises:
            CertificateMalformed: empty, too long, with control characters or a vertical bar, or a
                number that means nothing without an issuer and has none.
            NotANationalId: kind 01 and the number fails GB 11643.
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
        if not issuer and kind in _LOCAL:
            raise CertificateMalformed("this kind of number needs its issuer")
        return cls(kind, number, issuer)

    @property
    def normalised(self) -> str:
        """The one text under which this certificate is found again, whoever typed it."""
        return f"{self.kind.value}|{self.issuer}|{self.number}"

    @property
    def masked(self) -> str:
        """The form that may appear on screens."""
        if self.kind is CertificateKind.NATIONAL_ID:
            return NationalId(self.number).masked
        shown = max(1, len(self.number) // 4)
        return self.number[:shown] + "*" * (len(self.number) - 2 * shown) + self.number[-shown:]
