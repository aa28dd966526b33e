"""Every address of the clinic."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.clinic.account import (
    add_own_passkey,
    begin_own_passkey,
    show_account,
)
from openhealthcode.portal.clinic.ask import ask, show_visit, wait
from openhealthcode.portal.clinic.counter import number_counter, renew_counter, show_counter
from openhealthcode.portal.clinic.elsewhere import (
    answer_state_elsewhere,
    follow_answer_elsewhere,
    follow_record_elsewhere,
    open_in_emergency_elsewhere,
    record_state_elsewhere,
    show_emergency_elsewhere,
    show_emergency_record_elsewhere,
    show_record_elsewhere,
    wait_elsewhere,
)
from openhealthcode.portal.clinic.emergency import (
    open_in_emergency,
    open_without_code,
    show_contacts,
    show_emergency,
    show_emergency_without_code,
)
from openhealthcode.portal.clinic.hearings import answer_hearing, show_hearing, show_hearings
from openhealthcode.portal.clinic.live import (
    answer_state,
    follow_answer,
    follow_record,
    record_state,
)
from openhealthcode.portal.clinic.offline import hand_in, serve_worker, show_offline
from openhealthcode.portal.clinic.order import order, show_order
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
_ELSEWHERE = "/clinic/elsewhere/{division:int}/{visit}/{request}"
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
        clinic_page("/clinic/hearings", show_hearings),
        clinic_page("/clinic/hearings/{id:uuid}", show_hearing),
        clinic_page("/clinic/hearings/{id:uuid}", answer_hearing, methods=_POST),
        clinic_page("/clinic", show_scan),
        clinic_page("/clinic/scan", show_scan),
        clinic_page("/clinic/scan", scan, methods=_POST),
        clinic_page("/clinic/scan/picture", scan_picture, methods=_POST),
        page_route("/clinic/offline/worker.js", serve_worker),
        clinic_page("/clinic/offline", show_offline),
        clinic_page("/clinic/offline/evidence", hand_in, methods=_POST, is_part=True),
        clinic_page("/clinic/counter", show_counter),
        clinic_page("/clinic/counter", number_counter, methods=_POST),
        clinic_page("/clinic/counter/code", renew_counter, is_part=True, is_use=False),
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
        *_order(f"{_VISIT}/order"),
        *_order(f"{_VISIT}/emergency/order"),
        *_elsewhere(),
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


def _order(path: str) -> list[BaseRoute]:
    return [clinic_page(path, show_order), clinic_page(path, order, methods=_POST)]


def _elsewhere() -> list[BaseRoute]:
    """A patient away from home."""
    emergency = f"{_ELSEWHERE}/emergency"
    return [
        clinic_page(_ELSEWHERE, wait_elsewhere),
        clinic_page(f"{_ELSEWHERE}/state", answer_state_elsewhere, is_part=True),
        clinic_page(f"{_ELSEWHERE}/live", follow_answer_elsewhere, is_part=True),
        clinic_page(emergency, show_emergency_elsewhere),
        clinic_page(emergency, open_in_emergency_elsewhere, methods=_POST),
        clinic_page(f"{_ELSEWHERE}/record", show_record_elsewhere),
        clinic_page(f"{emergency}/record", show_emergency_record_elsewhere),
        *(
            clinic_page(f"{below}/record/{part}", follows, is_part=True)
            for below in (_ELSEWHERE, emergency)
            for part, follows in (
                ("state", record_state_elsewhere),
                ("live", follow_record_elsewhere),
            )
        ),
    ]
