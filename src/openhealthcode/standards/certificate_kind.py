"""The kinds of documents and numbers a resident is known by (身份证件类别).

Source: WS 364.3-2011 CV02.01.101 (01-07 and 99); 08 follows a provincial table. The kinds from 90
on are this project's own: what that table has no code for. Other tables: ``certificate_table``.
"""

from __future__ import annotations

from enum import StrEnum

from openhealthcode.standards.errors import HealthCodeError


class CertificateMalformed(HealthCodeError, ValueError):
    """The number does not fit the kind of certificate."""

    code = "certificate-malformed"


class CertificateKind(StrEnum):
    """What sort of document a number belongs to."""

    NATIONAL_ID = "01"
    HOUSEHOLD_BOOK = "02"
    """With an ID number in it the person's, else the number of a household: nobody's own."""
    PASSPORT = "03"
    OFFICER = "04"
    DRIVER = "05"
    HONG_KONG_MACAO_PERMIT = "06"
    """Of residents there who travel to the mainland (回乡证)."""
    TAIWAN_PERMIT = "07"
    BIRTH_CERTIFICATE = "08"
    INSTITUTION_NUMBER = "90"
    """A number an institution gave out; means something only together with its issuer."""
    TEMPORARY_NUMBER = "91"
    """As above, until it is known who this is: newborns, unidentified emergencies."""
    CARD_NUMBER = "92"
    """Printed on a card an institution or a region gave out (就诊卡, 居民健康卡)."""
    HEALTH_RECORD_NUMBER = "93"
    INSURANCE_CARD = "94"
    RESIDENCE_PERMIT = "95"
    """Of residents of Hong Kong, Macao and Taiwan who live on the mainland (港澳台居民居住证)."""
    PERMANENT_RESIDENCE = "96"
    """Of foreigners (外国人永久居留身份证), old and new."""
    OTHER = "99"
