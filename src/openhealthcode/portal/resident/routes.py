"""The addresses of the resident's pages."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.layout import page_route
from openhealthcode.portal.resident import (
    carried,
    closing,
    code,
    collecting,
    copy,
    emergency,
    erasures,
    live,
    looked,
    me,
    pin,
    receipt,
    receipt_file,
    record,
    representatives,
    represented,
    request,
    restricting,
    rights,
    sign_in,
    standing,
)
from openhealthcode.portal.resident.session import resident_page


def routes() -> list[BaseRoute]:
    """Every page of the resident, and what its scripts fetch."""
    return [*_account(), *_visits(), *_representation(), *_ahead(), *_rights()]


def _account() -> list[BaseRoute]:
    """Signing in and out, the resident's own page, PIN and devices."""
    return [
        page_route("/sign-in", sign_in.show_sign_in),
        page_route("/sign-in", sign_in.send_code, methods=("POST",)),
        page_route("/sign-in/code", sign_in.show_code_form),
        page_route("/sign-in/code", sign_in.take_code, methods=("POST",)),
        page_route("/sign-in/counter", sign_in.wait_at_counter),
        page_route("/sign-in/counter/state", sign_in.state_at_counter),
        page_route("/signed-out", sign_in.show_signed_out),
        resident_page("/me", me.show_me),
        resident_page("/pin", pin.show_pin),
        resident_page("/pin", pin.take_pin, methods=("POST",)),
        resident_page("/devices/{id:uuid}/sign-out", me.sign_out_device, methods=("POST",)),
        resident_page("/sign-out", me.sign_out, methods=("POST",)),
    ]


def _visits() -> list[BaseRoute]:
    """The code, requests and their receipts, the record, who looked, and what the scripts fetch."""
    return [
        resident_page("/", code.show_code),
        resident_page("/code", code.renew_code, is_part=True),
        resident_page("/live", live.follow_changes, is_part=True),
        resident_page("/waiting", request.rise, is_part=True),
        resident_page("/requests/{id:uuid}", request.show_request),
        resident_page("/requests/{id:uuid}", request.answer, methods=("POST",)),
        resident_page("/requests/{id:uuid}/receipt", receipt.show_receipt),
        resident_page("/requests/{id:uuid}/receipt/file", receipt_file.download_answer),
        resident_page("/record", record.show_record),
        resident_page("/looked", looked.show_looks),
        resident_page("/looked/{number:int}", looked.show_seen),
        resident_page("/looked/{number:int}/receipt", receipt_file.download_look),
    ]


def _representation() -> list[BaseRoute]:
    """Acting for somebody, and who may act for oneself."""
    return [
        resident_page("/acting", represented.show_acting),
        resident_page("/acting", represented.turn, methods=("POST",)),
        resident_page("/acting/end", represented.end, methods=("POST",)),
        resident_page("/representatives", representatives.show_representatives),
        resident_page("/representatives", representatives.appoint, methods=("POST",)),
        resident_page("/representatives/kept", representatives.keep, methods=("POST",)),
        resident_page(
            "/representatives/{id:uuid}/revoke", representatives.revoke, methods=("POST",)
        ),
    ]


def _ahead() -> list[BaseRoute]:
    """What is said ahead: consents, what stays closed, copies to be erased, emergencies."""
    return [
        resident_page("/emergency", emergency.show_emergency),
        resident_page("/emergency", emergency.choose, methods=("POST",)),
        resident_page("/emergency/contacts", emergency.name_contact, methods=("POST",)),
        resident_page(
            "/emergency/contacts/{id:uuid}/remove", emergency.remove_contact, methods=("POST",)
        ),
        resident_page("/emergency/summary", carried.show_offer),
        resident_page("/emergency/summary", carried.make, methods=("POST",)),
        resident_page("/consents", standing.show_standing),
        resident_page("/erasures", erasures.show_erasures),
        resident_page("/consents/copy", standing.take_along, methods=("POST",)),
        resident_page("/consents/new", standing.choose_institution),
        resident_page("/consents/new/{id:uuid}", standing.show_form),
        resident_page("/consents/new/{id:uuid}", standing.take_form, methods=("POST",)),
        resident_page("/consents/{id:uuid}/sensitive", standing.show_sensitive),
        resident_page("/consents/{id:uuid}/sensitive", standing.take_sensitive, methods=("POST",)),
        resident_page("/consents/{id:uuid}/notice", standing.show_notice),
        resident_page("/consents/{id:uuid}/withdraw", me.withdraw, methods=("POST",)),
        resident_page("/restrictions", restricting.show_restrictions),
        resident_page("/restrictions/where", restricting.choose_institution),
        resident_page("/restrictions/new", restricting.show_form),
        resident_page("/restrictions/new", restricting.close, methods=("POST",)),
        resident_page("/restrictions/new/{id:uuid}", restricting.show_form),
        resident_page("/restrictions/new/{id:uuid}", restricting.close, methods=("POST",)),
        resident_page("/restrictions/{id:uuid}/lift", restricting.lift, methods=("POST",)),
        resident_page("/restrictions/entries", restricting.choose_entry),
        resident_page("/restrictions/entries/{id:uuid}/hide", restricting.hide, methods=("POST",)),
        resident_page(
            "/restrictions/entries/{id:uuid}/reveal", restricting.reveal, methods=("POST",)
        ),
    ]


def _rights() -> list[BaseRoute]:
    """The rights, and what may be collected."""
    return [
        resident_page("/collection", collecting.show_scenes),
        resident_page("/collection/{scene}", collecting.show_scene),
        resident_page("/collection/{scene}", collecting.choose, methods=("POST",)),
        resident_page("/rights", rights.show_rights),
        resident_page("/rights/copy", copy.download, methods=("POST",)),
        resident_page("/rights/correct", rights.choose_entry),
        resident_page("/rights/correct/{id:uuid}", rights.show_correction),
        resident_page("/rights/correct/{id:uuid}", rights.ask_correction, methods=("POST",)),
        resident_page("/rights/secondary-use", rights.object_to_secondary_use, methods=("POST",)),
        resident_page("/rights/close", closing.show_closing),
        resident_page("/rights/close", closing.close, methods=("POST",)),
    ]
