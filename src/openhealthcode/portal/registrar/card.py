"""A card in the clerk's hand, as a form says it: kind, number, name, compared with the person."""

from __future__ import annotations

from typing import Final

from openhealthcode.access import Named
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.layout import Form
from openhealthcode.standards import Certificate, CertificateKind, HealthCodeError

LONGEST_NAME: Final = 64


def read_card(form: Form) -> tuple[Named | None, str]:
    """Somebody as their card names them, or which field is wrong."""
    kind = form.text("kind") or CertificateKind.NATIONAL_ID
    if kind not in set(KINDS):
        return None, "number"
    try:
        certificate = Certificate.parse(CertificateKind(kind), form.text("number"))
    except HealthCodeError:
        return None, "number"
    name = form.text("name")[:LONGEST_NAME]
    if not name:
        return None, "name"
    if form.text("compared") != "yes":
        return None, "compared"
    return Named(certificate, name), ""
