"""Values fixed by law and by standards: numbers, code lists, reasons, identifiers, errors.

Nothing here does I/O and nothing here decides. Start with ``national_id`` to see the manner.
"""

from openhealthcode.standards.category import RecordCategory, SensitiveCategory
from openhealthcode.standards.certificate import Certificate
from openhealthcode.standards.certificate_kind import CertificateKind, CertificateMalformed
from openhealthcode.standards.certificate_table import CertificateTable, UnknownCertificateTable
from openhealthcode.standards.code_use import CodeUse
from openhealthcode.standards.credit_code import CreditCode, NotACreditCode
from openhealthcode.standards.division import DivisionWarning
from openhealthcode.standards.errors import (
    Conflict,
    Forbidden,
    HealthCodeError,
    InvalidInput,
    NotFound,
    TooLarge,
    TooManyAttempts,
)
from openhealthcode.standards.mrz import MachineReadable, WrongCheckDigit
from openhealthcode.standards.national_id import (
    ImpossibleBirthDate,
    NationalId,
    NotANationalId,
    WrongCheckCharacter,
)
from openhealthcode.standards.official_time import OFFICIAL_TIME, day_of
from openhealthcode.standards.phone import NotAPhone, Phone
from openhealthcode.standards.purpose import PurposeOfUse
from openhealthcode.standards.scene import Scene
from openhealthcode.standards.sex import Sex
from openhealthcode.standards.working_days import PUBLISHED_YEARS, working_days_after

__all__ = [
    "OFFICIAL_TIME",
    "PUBLISHED_YEARS",
    "Certificate",
    "CertificateKind",
    "CertificateMalformed",
    "CertificateTable",
    "CodeUse",
    "Conflict",
    "CreditCode",
    "DivisionWarning",
    "Forbidden",
    "HealthCodeError",
    "ImpossibleBirthDate",
    "InvalidInput",
    "MachineReadable",
    "NationalId",
    "NotACreditCode",
    "NotANationalId",
    "NotAPhone",
    "NotFound",
    "Phone",
    "PurposeOfUse",
    "RecordCategory",
    "Scene",
    "SensitiveCategory",
    "Sex",
    "TooLarge",
    "TooManyAttempts",
    "UnknownCertificateTable",
    "WrongCheckCharacter",
    "WrongCheckDigit",
    "day_of",
    "working_days_after",
]
