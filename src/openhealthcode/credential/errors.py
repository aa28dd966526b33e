"""Why a health card or certificate is not believed, each reason one that a clerk can act on."""

from __future__ import annotations

from openhealthcode.standards import HealthCodeError


class UnreadableCredential(HealthCodeError):
    """This is not a complete health card or certificate; scan it again."""

    code = "credential-unreadable"


class UntrustedCredential(HealthCodeError):
    """This health card or certificate was altered: its signature does not match."""

    code = "credential-untrusted"


class UnknownCredentialIssuer(HealthCodeError):
    """Nobody on our list of issuers signed this health card or certificate."""

    code = "credential-issuer-unknown"


class ExpiredCredential(HealthCodeError):
    """This health card or certificate is no longer valid; ask for a new one."""

    code = "credential-expired"


class EarlyCredential(HealthCodeError):
    """This health card or certificate is not valid yet; is this computer's clock right?"""

    code = "credential-early"


class RevokedCredential(HealthCodeError):
    """Its issuer took this health card back; ask for a new one."""

    code = "credential-revoked"


class TooLargeForACode(HealthCodeError):
    """There is too much in it for one QR code."""

    code = "credential-too-large"
