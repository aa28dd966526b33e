"""Why an answer was not taken."""

from __future__ import annotations

from openhealthcode.standards import HealthCodeError


class RequestExpired(HealthCodeError):
    """This request was answered before or has waited too long."""

    code = "request-expired"


class PreviewOutdated(HealthCodeError):
    """The record has changed since the preview; look at what would be shown now."""

    code = "preview-outdated"


class NothingToWithdraw(HealthCodeError):
    """This consent has already been withdrawn or never existed."""

    code = "nothing-to-withdraw"
