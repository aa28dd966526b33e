"""The addresses of the public pages."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.layout import page_route
from openhealthcode.portal.public import (
    asking,
    collection_rules,
    credentials,
    elements,
    information,
    links,
    log,
    receipts,
    senders,
    summaries,
    trust,
)


def routes() -> list[BaseRoute]:
    """The collection rules, as pages and as data."""
    return [
        page_route("/rules", collection_rules.show_rules),
        page_route("/rules.json", collection_rules.tell_rules),
        page_route("/emergency/summary/check", summaries.show_check),
        page_route("/emergency/summary/check", summaries.check, methods=("POST",)),
        page_route("/emergency/summary/key.txt", summaries.tell_key),
        page_route("/emergency/summary/offline", summaries.hand_out_page),
        page_route("/log", log.show_log),
        page_route("/log/checkpoint", log.tell_checkpoint),
        page_route("/log/policy", log.tell_policy),
        page_route("/log/maps", log.tell_maps),
        page_route("/log/tile/{tile:path}", log.tell_tile),
        page_route("/receipts", receipts.show_receipts),
        page_route("/receipts/keys.txt", receipts.tell_keys),
        page_route("/receipts/file", receipts.hand_back, methods=("POST",)),
        page_route("/shl", links.show_viewer),
        page_route("/verify", credentials.show_check),
        page_route("/verify", credentials.check, methods=("POST",)),
        page_route("/.well-known/crl/{kid}.json", credentials.tell_revoked),
        *links.routes(),
        page_route("/rules/{scene}", collection_rules.show_rule),
        page_route("/rules/{scene}/{element}", elements.show_element),
        page_route("/rules/{scene}/{element}", asking.ask, methods=("POST",)),
        page_route("/without-consent", information.show_without_consent),
        page_route("/known-limits", information.show_limits),
        page_route("/counters", information.show_counters),
        page_route("/lenient-senders", senders.show_senders),
        page_route("/trust", trust.show_trust),
        page_route("/trust/list", trust.tell_list),
        page_route("/trust/roots", trust.tell_roots),
        page_route("/trust/bundle", trust.tell_bundle),
        page_route("/trust/status/{region:int}/{key}", trust.tell_status),
        page_route("/.well-known/jwks.json", trust.tell_keys),
        page_route("/questions", asking.show_questions),
        page_route("/questions.json", asking.tell_questions),
        page_route("/questions/{id:uuid}", asking.show_question),
    ]
