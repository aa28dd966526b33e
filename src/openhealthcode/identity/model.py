"""What is known of a resident's identity, and what a registration turns out to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from openhealthcode.standards import Certificate, Conflict, HealthCodeError, Phone, Sex
from openhealthcode.standards.ids import InstitutionId, ResidentId


class RegistrationMalformed(HealthCodeError):
    """The registration lacks something, or holds something that cannot be."""

    code = "registration-malformed"


class NumberDisagrees(HealthCodeError):
    """The birth date or sex is not the one in the ID number; is it somebody else's number?"""

    code = "number-disagrees"


class RegisteredMeanwhile(Conflict):
    """The same certificate was registered at the same moment; resolve again."""

    code = "registered-meanwhile"


class AccountClosed(HealthCodeError):
    """The holder of this certificate had the account closed; only the holder opens another."""

    code = "account-closed"


class NotTheirCertificate(HealthCodeError):
    """This certificate is not registered with this resident, or is the new one itself."""

    code = "certificate-not-theirs"


class CertificateTaken(HealthCodeError):
    """This certificate is registered with another resident; a registrar decides who it belongs to."""

    code = "certificate-taken"


class PlaceholderPhone(HealthCodeError):
    """This telephone number stands for none."""

    code = "phone-placeholder"


class Verification(StrEnum):
    """How much stands behind what was received about a person."""

    ASSERTED = "asserted"
    """A system or a person said so."""
    SEEN = "seen"
    """A clerk compared the document with the person."""
    CHECKED = "checked"
    """The public-security service, or a face compared with its picture, confirmed it."""

    @property
    def weight(self) -> int:
        """What weighs more has a higher number: checked, seen, asserted."""
        return _WEIGHTS[self]


_WEIGHTS = {level: weight for weight, level in enumerate(Verification)}


@dataclass(frozen=True, slots=True)
class Source:
    """Who delivered a registration, and what stands behind it.

    Args:
        corrects: it puts right what is registered, and goes before it whatever stood behind that.
    """

    institution_id: InstitutionId | None = None
    verification: Verification = Verification.ASSERTED
    corrects: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """What is received about a person; kept as it was received.

    A newborn without a number is registered under the birth certificate or the number the
    hospital gave out; nobody is registered under nothing, since nothing would find them again.

    Args:
        mother: a certificate of the mother's; it relates, and never identifies the child.
    """

    certificates: tuple[Certificate, ...]
    name: str = field(repr=False)
    sex: Sex = field(default=Sex.UNKNOWN, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    phone: Phone | None = None
    address: str = field(default="", repr=False)
    language: str = "zh-CN"
    mother: Certificate | None = None


@dataclass(frozen=True, slots=True)
class Demographics:
    """What a page may show of a person once ``access`` has decided that it may."""

    name: str = field(repr=False)
    sex: Sex = field(repr=False)
    birth_date: date | None = field(repr=False)
    phone: Phone | None
    address: str = field(repr=False)
    language: str
    certificates: tuple[Certificate, ...]

    @property
    def masked_name(self) -> str:
        """The first character and stars: enough to compare with a card in one's hand."""
        return self.name[:1] + "*" * max(1, min(len(self.name), 4) - 1)


@dataclass(frozen=True, slots=True)
class Claim:
    """A certificate and who it is said to belong to, as keyed hashes.

    Name, birth date and sex are hashed together with the certificate's own number, so that equal
    names of different people cannot be seen to be equal. ``None``: not said.
    """

    identifier_key: bytes = field(repr=False)
    name_key: bytes = field(repr=False)
    birth_key: bytes | None = field(default=None, repr=False)
    sex_key: bytes | None = field(default=None, repr=False)
    is_national: bool = False
    valid_until: date | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """A certificate that is registered: whose it is, and the hashes it was registered with."""

    resident_id: ResidentId
    claim: Claim
    is_active: bool = True
    """Whether it proves who somebody is; one that was superseded only finds them."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One certificate of a resident, and what became of it."""

    certificate: Certificate
    verification: Verification
    added_at: datetime
    superseded_at: datetime | None = None
    superseded_by: Certificate | None = None


class ReviewReason(StrEnum):
    """Why a registration must be looked at by a person."""

    DIFFERENT_RESIDENTS = "certificates-of-different-residents"
    NAME_DISAGREES = "name-disagrees"
    BIRTH_DATE_DISAGREES = "birth-date-disagrees"
    SEX_DISAGREES = "sex-disagrees"
    SECOND_NATIONAL_ID = "second-national-id"
    DOUBTFUL = "doubtful"
    """A quality rule does not let it be registered; nobody is known under its certificates."""


@dataclass(frozen=True, slots=True)
class Known:
    """The certificates belong to this resident."""

    resident_id: ResidentId


@dataclass(frozen=True, slots=True)
class Likeness:
    """A resident who may be the person registered, and why that is not sure.

    Args:
        rule: of ``identity.matching``, as its code.
        bits: the score.
        model_version: of the model that gave it.
        evidence: one line per field: its name, how far it agrees, and the bits; no values.
    """

    resident_id: ResidentId
    rule: str
    bits: float
    model_version: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class New:
    """Nobody is registered under any of the certificates, and nobody else is surely meant.

    Args:
        like: those who may be meant all the same; to be kept for a registrar by ``enrol``.
        mother: the resident whom the registration names as the mother.
    """

    like: tuple[Likeness, ...] = ()
    mother: ResidentId | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody is registered, and whoever shows one of the certificates had the account closed."""


@dataclass(frozen=True, slots=True)
class Review:
    """The certificates are known, but not like this; a person decides. At least one resident."""

    reason: ReviewReason
    residents: tuple[ResidentId, ...]


Resolution = Known | New | Closed | Review
