"""What is refused when a published log is read: damage, and what nobody trusted has signed."""

from __future__ import annotations

from openhealthcode.standards import HealthCodeError


class UntrustedNote(HealthCodeError):
    """This note does not carry a good signature of the expected signer."""

    code = "note-untrusted"


class LogDamaged(HealthCodeError):
    """The log's files are not what its checkpoint promises."""

    code = "log-damaged"
