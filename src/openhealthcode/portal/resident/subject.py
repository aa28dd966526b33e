"""Who somebody says to be on the sign-in page, field by field."""

from __future__ import annotations

from openhealthcode.portal.layout import Form, Language
from openhealthcode.sign_in import Subject
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    ImpossibleBirthDate,
    NationalId,
    NotANationalId,
    NotAPhone,
    Phone,
    WrongCheckCharacter,
)


def read_subject(form: Form, language: Language) -> tuple[Subject | None, dict[str, str]]:
    """The subject, or which field is wrong and why; the typed values are in neither."""
    number, number_problem = _number(form.text("number"))
    phone, phone_problem = _phone(form.text("phone"))
    name = form.text("name")
    problems = {
        "number": number_problem,
        "name": "" if name else "name",
        "phone": phone_problem,
    }
    if number is None or phone is None or not name:
        return None, {field: problem for field, problem in problems.items() if problem}
    certificate = Certificate(CertificateKind.NATIONAL_ID, number.number)
    return Subject(certificate, name, phone, language), {}


def _number(text: str) -> tuple[NationalId | None, str]:
    try:
        return NationalId.parse(text), ""
    except ImpossibleBirthDate:
        return None, "number-date"
    except WrongCheckCharacter:
        return None, "number-check"
    except NotANationalId:
        return None, "number-length"


def _phone(text: str) -> tuple[Phone | None, str]:
    try:
        phone = Phone.parse(text)
    except NotAPhone:
        return None, "phone"
    return (None, "phone") if phone.is_placeholder else (phone, "")
