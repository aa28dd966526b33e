"""Every address of the clinic."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.clinic.account import (
    add_own_passkey,
    begin_own_passkey,
    show_account,
)
from openhealthcode.portal.clinic.ask import ask, show_visit, wait
from openhealthcode.portal.clinic.emergency import (
    open_in_emergency,
    open_without_code,
    show_contacts,
    show_emergency,
    show_emergency_without_code,
)
from openhealthcode.portal.clinic.live import (
    answer_state,
    follow_answer,
    follow_record,
    record_state,
)
from openhealthcode.portal.clinic.receipt import download_receipt
from openhealthcode.portal.clinic.record import show_emergency_record, show_record
from openhealthcode.portal.clinic.scan import scan, scan_picture, show_scan
from openhealthcode.portal.clinic.session import clinic_page
from openhealthcode.portal.clinic.sign_in import (
    begin_passkey,
    show_sign_in,
    sign_in,
    sign_in_by_passkey,
    sign_out,
)
from openhealthcode.portal.layout import page_route

_VISIT = "/clinic/visits/{visit}"
_REQUEST = "/clinic/requests/{request}"
_POST = ("POST",)


def routes() -> list[BaseRoute]:
    """The clinician's pages."""
    return [
        page_route("/clinic/sign-in", show_sign_in),
        page_route("/clinic/sign-in", sign_in, methods=_POST),
        page_route("/clinic/sign-in/passkey/options", begin_passkey, methods=_POST),
        page_route("/clinic/sign-in/passkey", sign_in_by_passkey, methods=_POST),
        page_route("/clinic/sign-out", sign_out, methods=_POST),
        clinic_page("/clinic/account", show_account),
        clinic_page("/clinic/account/passkey/options", begin_own_passkey, methods=_POST),
        clinic_page("/clinic/account/passkey", add_own_passkey, methods=_POST),
        clinic_page("/clinic", show_scan),
        clinic_page("/clinic/scan", show_scan),
        clinic_page("/clinic/scan", scan, methods=_POST),
        clinic_page("/clinic/scan/picture", scan_picture, methods=_POST),
        clinic_page("/clinic/emergency", show_emergency_without_code),
        clinic_page("/clinic/emergency", open_without_code, methods=_POST),
        clinic_page(_VISIT, show_visit),
        clinic_page(_VISIT, ask, methods=_POST),
        clinic_page(f"{_VISIT}/emergency", show_emergency),
        clinic_page(f"{_VISIT}/emergency", open_in_emergency, methods=_POST),
        clinic_page(f"{_VISIT}/emergency/contacts", show_contacts),
        clinic_page(f"{_VISIT}/receipt", download_receipt),
        *_record(f"{_VISIT}/record"),
        *_record(f"{_VISIT}/emergency/record", is_emergency=True),
        clinic_page(_REQUEST, wait),
        clinic_page(f"{_REQUEST}/state", answer_state, is_part=True),
        clinic_page(f"{_REQUEST}/live", follow_answer, is_part=True),
    ]


def _record(path: str, *, is_emergency: bool = False) -> list[BaseRoute]:
    return [
        clinic_page(path, show_emergency_record if is_emergency else show_record),
        clinic_page(f"{path}/state", record_state, is_part=True),
        clinic_page(f"{path}/live", follow_record, is_part=True),
    ]
