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
    leaks,
    live,
    log_check,
    looked,
    me,
    national_card,
    notices,
    offline_codes,
    own_card,
    passkeys,
    pin,
    receipt,
    receipt_file,
    reports,
    representatives,
    represented,
    request,
    restricting,
    rights,
    sharing,
    short_code,
    showing,
    sign_in,
    standing,
    uses,
)
from openhealthcode.portal.resident.record import (
    entry,
    growth,
    medicines,
    results,
    timeline,
    vaccinations,
)
from openhealthcode.portal.resident.session import resident_page


def routes() -> list[BaseRoute]:
    """Every page of the resident, and what its scripts fetch."""
    return [
        *_account(),
        *_visits(),
        *_record(),
        *_representation(),
        *_ahead(),
        *_rights(),
    ]


def _account() -> list[BaseRoute]:
    """Signing in and out, the resident's own page, PIN and devices."""
    return [
        page_route("/sign-in", sign_in.show_sign_in),
        page_route("/sign-in", sign_in.send_code, methods=("POST",)),
        page_route("/sign-in/code", sign_in.show_code_form),
        page_route("/sign-in/code", sign_in.take_code, methods=("POST",)),
        page_route("/sign-in/counter", sign_in.wait_at_counter),
        page_route("/sign-in/counter/state", sign_in.state_at_counter),
        page_route("/sign-in/passkey/options", passkeys.begin_sign_in, methods=("POST",)),
        page_route("/sign-in/passkey", sign_in.take_passkey, methods=("POST",)),
        page_route("/signed-out", sign_in.show_signed_out),
        resident_page("/me", me.show_me),
        resident_page("/pin", pin.show_pin),
        resident_page("/pin", pin.take_pin, methods=("POST",)),
        page_route("/offline", offline_codes.show_offline),
        page_route("/offline-worker.js", offline_codes.serve_worker),
        resident_page("/offline-codes", offline_codes.show_codes),
        resident_page(
            "/offline-codes/keys", offline_codes.fetch_codes, methods=("POST",), is_part=True
        ),
        resident_page("/offline-codes/counters", offline_codes.show_counters, is_part=True),
        resident_page("/offline-codes/take-back", offline_codes.take_back, methods=("POST",)),
        resident_page("/card", own_card.show_card),
        resident_page("/card", own_card.make_card, methods=("POST",)),
        resident_page("/card/take-back", own_card.take_back, methods=("POST",)),
        resident_page("/passkeys", passkeys.show_passkeys),
        resident_page("/passkeys", passkeys.prove_first, methods=("POST",)),
        resident_page("/passkeys/options", passkeys.begin_passkey, methods=("POST",), is_part=True),
        resident_page("/passkeys/add", passkeys.add_passkey, methods=("POST",)),
        resident_page("/passkeys/{id:uuid}/remove", passkeys.remove_passkey, methods=("POST",)),
        page_route("/passkeys/check/options", passkeys.begin_check, methods=("POST",)),
        resident_page("/national-card", national_card.show_national_card),
        resident_page("/national-card", national_card.choose_national_card, methods=("POST",)),
        resident_page("/national-card/code", national_card.renew_national_card, is_part=True),
        resident_page("/uses", uses.show_uses),
        resident_page("/uses/{id:uuid}/on", uses.switch_on, methods=("POST",)),
        resident_page("/uses/{id:uuid}/off", uses.switch_off, methods=("POST",)),
        resident_page("/devices/{id:uuid}/sign-out", me.sign_out_device, methods=("POST",)),
        resident_page("/sign-out", me.sign_out, methods=("POST",)),
    ]


def _visits() -> list[BaseRoute]:
    """The code, requests and their receipts, who looked, and what the scripts fetch."""
    return [
        resident_page("/", code.show_code),
        resident_page("/code", code.renew_code, is_part=True),
        resident_page("/short-code", short_code.show_offer),
        resident_page("/short-code", short_code.make, methods=("POST",)),
        resident_page("/live", live.follow_changes, is_part=True),
        resident_page("/waiting", request.rise, is_part=True),
        resident_page("/requests/{id:uuid}", request.show_request),
        resident_page("/requests/{id:uuid}", request.answer, methods=("POST",)),
        resident_page("/requests/{id:uuid}/receipt", receipt.show_receipt),
        resident_page("/requests/{id:uuid}/receipt/file", receipt_file.download_answer),
        resident_page("/looked", looked.show_looks),
        resident_page("/looked/check", log_check.show_check),
        resident_page("/looked/history", log_check.download_history),
        resident_page("/notices", notices.show_notices),
        resident_page("/notices", notices.choose, methods=("POST",)),
        resident_page("/looked/reports", reports.show_reports),
        resident_page("/looked/reports/{id:uuid}/contest", reports.contest, methods=("POST",)),
        resident_page("/looked/{number:int}", looked.show_seen),
        resident_page("/looked/{number:int}/unknown", reports.ask_who, methods=("POST",)),
        resident_page("/looked/{number:int}/receipt", receipt_file.download_look),
    ]


def _record() -> list[BaseRoute]:
    """The own record, to read."""
    return [
        resident_page("/record", timeline.show_record),
        resident_page("/record/entries/{id:uuid}", entry.show_entry),
        resident_page("/record/entries/{id:uuid}/pdf", entry.download_entry),
        resident_page("/record/entries/{id:uuid}/papers/{place:int}", entry.download_paper),
        resident_page("/record/results", results.show_results),
        resident_page("/record/results/{id:uuid}", results.show_chart),
        resident_page("/record/medicines", medicines.show_medicines),
        resident_page("/record/vaccinations", vaccinations.show_vaccinations),
        resident_page("/record/growth", growth.show_growth),
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
        resident_page("/sharing", sharing.show_sharing),
        resident_page("/sharing/new", sharing.show_new),
        resident_page("/sharing/new", sharing.make_link, methods=("POST",)),
        resident_page("/sharing/links/{id:uuid}", sharing.show_link),
        resident_page("/sharing/links/{id:uuid}/revoke", sharing.revoke_link, methods=("POST",)),
        resident_page("/sharing/cards", sharing.make_card, methods=("POST",)),
        resident_page("/sharing/cards/{id:uuid}/revoke", sharing.revoke_card, methods=("POST",)),
        resident_page("/showing", showing.show_showing),
        resident_page("/showing", showing.choose_showing, methods=("POST",)),
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
        resident_page("/leaks", leaks.show_leaks),
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
