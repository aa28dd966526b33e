"""The addresses of both offices, and of the figures everybody may see."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.layout import page_route
from openhealthcode.portal.reviewer import (
    alarm,
    collected,
    decisions,
    doubled,
    erasures,
    figures,
    lookups,
    minors,
    presence,
    questions,
    queue,
)
from openhealthcode.portal.reviewer.office import OFFICER, SUPERVISOR, office_page
from openhealthcode.portal.reviewer.sign_in import sign_in_routes


def routes() -> list[BaseRoute]:
    """Signing in, the queue, a case, and the public figures."""
    found: list[BaseRoute] = [
        page_route("/emergency/figures", figures.show_figures),
        page_route("/emergency/figures.json", figures.tell_figures),
    ]
    for office in (OFFICER, SUPERVISOR):
        found += [
            *sign_in_routes(office),
            office_page(office, "", queue.show_queue),
            office_page(office, "/cases/{case}", queue.show_case),
            office_page(office, "/cases/{case}", queue.judge, methods=("POST",)),
        ]
    found += [
        office_page(OFFICER, "/minors", minors.show_approvals),
        office_page(OFFICER, "/minors", minors.approve, methods=("POST",)),
        office_page(OFFICER, "/minors/required", minors.require, methods=("POST",)),
        office_page(OFFICER, "/minors/{id:uuid}/end", minors.end, methods=("POST",)),
        office_page(OFFICER, "/erasures", erasures.show_erasures),
        office_page(OFFICER, "/erasures/{id}", erasures.show_erasure),
        office_page(OFFICER, "/erasures/{id}", erasures.attest, methods=("POST",)),
        office_page(SUPERVISOR, "/erasures", erasures.show_overdue),
        office_page(SUPERVISOR, "/decisions", decisions.show_search),
        office_page(SUPERVISOR, "/decisions", decisions.examine, methods=("POST",)),
        office_page(SUPERVISOR, "/questions", questions.show_questions),
        office_page(SUPERVISOR, "/questions/{id:uuid}", questions.show_question),
        office_page(SUPERVISOR, "/questions/{id:uuid}", questions.answer, methods=("POST",)),
        office_page(SUPERVISOR, "/alarm", alarm.show_alarm),
        office_page(SUPERVISOR, "/live", alarm.follow_alarms),
        office_page(SUPERVISOR, "/lookups", lookups.show_lookups),
        office_page(SUPERVISOR, "/lookups", lookups.see_lookups, methods=("POST",)),
        office_page(SUPERVISOR, "/doubled", doubled.show_doubled),
        office_page(SUPERVISOR, "/doubled", doubled.see_doubled, methods=("POST",)),
        office_page(SUPERVISOR, "/presence", presence.show_presences),
        office_page(SUPERVISOR, "/presence/{case}", presence.examine, methods=("POST",)),
        office_page(SUPERVISOR, "/collected", collected.show_collected),
        office_page(SUPERVISOR, "/collected/{id:uuid}", collected.be_lenient, methods=("POST",)),
    ]
    return found
