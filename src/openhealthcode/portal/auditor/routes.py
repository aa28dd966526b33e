"""The auditor's addresses; the only form there is asks for a check."""

from __future__ import annotations

from starlette.routing import BaseRoute

from openhealthcode.portal.auditor import checks, flows, report
from openhealthcode.portal.reviewer.office import AUDITOR, office_page
from openhealthcode.portal.reviewer.sign_in import sign_in_routes
from openhealthcode.portal.supervisor import dashboard, rule_editions


def routes() -> list[BaseRoute]:
    """Signing in, the checks, and what the auditor reads."""
    return [
        *sign_in_routes(AUDITOR),
        office_page(AUDITOR, "", checks.show_checks),
        office_page(AUDITOR, "", checks.ask_for_check, methods=("POST",)),
        office_page(AUDITOR, "/dashboard", dashboard.show_dashboard),
        office_page(AUDITOR, "/dashboard.csv", dashboard.tell_dashboard),
        office_page(AUDITOR, "/rules", rule_editions.show_rules),
        office_page(AUDITOR, "/rules/{number:int}", rule_editions.show_edition),
        office_page(AUDITOR, "/flows", flows.show_flows),
        office_page(AUDITOR, "/report", report.show_report),
        office_page(AUDITOR, "/report.json", report.tell_report),
    ]
