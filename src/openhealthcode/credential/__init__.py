"""Statements about a resident that others read without us, and those of others that we read.

SMART Health Cards and electronic health certificates (``HC1:``): signed, carried by the resident,
checked without a network. ``transcode.read`` checks either; ``transcode.issue_fitting`` makes either;
``model.Statement`` is what both can say.
"""

from openhealthcode.credential import base45, bundle, claims, link, numeric
from openhealthcode.credential.elsewhere import issuers_elsewhere
from openhealthcode.credential.errors import (
    EarlyCredential,
    ExpiredCredential,
    RevokedCredential,
    TooLargeForACode,
    UnknownCredentialIssuer,
    UnreadableCredential,
    UntrustedCredential,
)
from openhealthcode.credential.health_card import MEDIA_TYPE, as_file
from openhealthcode.credential.issuers import Issuer, Issuers, certificate_key_id
from openhealthcode.credential.model import (
    Coded,
    Dose,
    Emergency,
    Form,
    Item,
    Loss,
    LossReason,
    Part,
    Person,
    Read,
    Statement,
)  # fmt: skip
from openhealthcode.credential.transcode import Issued, IssuedBy, issue_fitting, read, transcode

# fmt: off
__all__ = [
    "MEDIA_TYPE", "Coded", "Dose", "EarlyCredential", "Emergency", "ExpiredCredential", "Form",
    "Issued", "IssuedBy", "Issuer", "Issuers", "Item", "Loss", "LossReason", "Part", "Person",
    "Read", "RevokedCredential", "Statement", "TooLargeForACode", "UnknownCredentialIssuer",
    "UnreadableCredential", "UntrustedCredential", "as_file", "base45", "bundle",
    "certificate_key_id", "claims", "issue_fitting", "issuers_elsewhere", "link", "numeric",
    "read", "transcode",
]
