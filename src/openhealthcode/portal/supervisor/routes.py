"""The addresses of the region's supervisors beyond the review of overrides."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.reviewer.office import OFFICER, SUPERVISOR, office_page
from openhealthcode.portal.supervisor import (
    alert_queue,
    breaches,
    conduct,
    dashboard,
    protected_people,
    reading_budgets,
    rule_editions,
    seals,
    traces,
    transfers,
)


def routes() -> list[BaseRoute]:
    """Every page under ``/supervision`` that is not the review of overrides."""
    return [
        *warning_routes(),
        office_page(SUPERVISOR, "/dashboard", dashboard.show_dashboard),
        office_page(SUPERVISOR, "/dashboard.csv", dashboard.tell_dashboard),
        office_page(SUPERVISOR, "/budgets", reading_budgets.show_budgets),
        office_page(SUPERVISOR, "/protected", protected_people.show_protected),
        office_page(SUPERVISOR, "/protected", protected_people.protect, methods=("POST",)),
        office_page(SUPERVISOR, "/seals", seals.show_seals),
        office_page(SUPERVISOR, "/traces", traces.show_form),
        office_page(SUPERVISOR, "/traces", traces.trace, methods=("POST",)),
        office_page(SUPERVISOR, "/traces/label", traces.bring_out, methods=("POST",)),
        office_page(SUPERVISOR, "/seals/new", seals.show_form),
        office_page(SUPERVISOR, "/seals/new", seals.place, methods=("POST",)),
        office_page(SUPERVISOR, "/seals/{id:uuid}", seals.show_seal),
        office_page(SUPERVISOR, "/seals/{id:uuid}/again", seals.place_again, methods=("POST",)),
        office_page(SUPERVISOR, "/seals/{id:uuid}/accesses", seals.show_lookers, methods=("POST",)),
        office_page(SUPERVISOR, "/seals/{id:uuid}/lift", seals.lift, methods=("POST",)),
        office_page(SUPERVISOR, "/breaches", breaches.show_breaches),
        office_page(SUPERVISOR, "/breaches/new", breaches.show_form),
        office_page(SUPERVISOR, "/breaches/new", breaches.begin, methods=("POST",)),
        office_page(SUPERVISOR, "/breaches/{id:uuid}", breaches.show_breach),
        office_page(SUPERVISOR, "/breaches/{id:uuid}/steps", breaches.take_step, methods=("POST",)),
        office_page(SUPERVISOR, "/breaches/{id:uuid}/report.txt", breaches.draft_report),
        office_page(SUPERVISOR, "/transfers", transfers.show_transfers),
        office_page(SUPERVISOR, "/transfers/{party}", transfers.show_party),
        office_page(SUPERVISOR, "/transfers/{party}", transfers.propose, methods=("POST",)),
        office_page(SUPERVISOR, "/transfers/{party}/decide", transfers.decide, methods=("POST",)),
    ]


def warning_routes() -> list[BaseRoute]:
    """Alerts, cases and rules: the pages that an institution's officer and the region both have."""
    found: list[BaseRoute] = [
        office_page(SUPERVISOR, "/rules", rule_editions.propose_rules, methods=("POST",)),
        office_page(
            SUPERVISOR, "/rules/{number:int}", rule_editions.decide_rules, methods=("POST",)
        ),
    ]
    for office in (OFFICER, SUPERVISOR):
        found += [
            office_page(office, "/alerts", alert_queue.show_alerts),
            office_page(office, "/alerts/{id:uuid}", alert_queue.show_alert),
            office_page(office, "/alerts/{id:uuid}", alert_queue.settle_alert, methods=("POST",)),
            office_page(office, "/conduct", conduct.show_cases),
            office_page(office, "/conduct/{id:uuid}", conduct.show_case),
            office_page(office, "/conduct/{id:uuid}", conduct.take_step, methods=("POST",)),
            office_page(office, "/rules", rule_editions.show_rules),
            office_page(office, "/rules/{number:int}", rule_editions.show_edition),
        ]
    return found
